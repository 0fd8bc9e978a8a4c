namespace AwqIlgpu.Models;

/// <summary>The weights of one layer.</summary>
internal sealed class LayerWeights
{
    /// <summary>The layer.</summary>
    public required LayerConfig Config { get; init; }

    /// <summary>The norm before attention.</summary>
    public required NormWeights InputNorm { get; init; }

    /// <summary>Query, key and value projections.</summary>
    public required LinearWeights[] Projections { get; init; }

    /// <summary>Norm of each query head, or null.</summary>
    public required NormWeights? QueryNorm { get; init; }

    /// <summary>Norm of each key head, or null.</summary>
    public required NormWeights? KeyNorm { get; init; }

    /// <summary>Attention's output projection, as a list of one for the device.</summary>
    public required LinearWeights[] Output { get; init; }

    /// <summary>The norm before the feed-forward block.</summary>
    public required NormWeights FeedForwardNorm { get; init; }

    /// <summary>Gate and up projections.</summary>
    public required LinearWeights[] GateUp { get; init; }

    /// <summary>The feed-forward block's output projection, as a list of one for the device.</summary>
    public required LinearWeights[] Down { get; init; }
}
