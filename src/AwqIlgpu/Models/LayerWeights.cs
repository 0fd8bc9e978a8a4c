namespace AwqIlgpu.Models;

/// <summary>The weights of one layer; null where the layer has no such part.</summary>
internal sealed class LayerWeights
{
    /// <summary>The layer.</summary>
    public required LayerConfig Config { get; init; }

    /// <summary>The norm before attention.</summary>
    public required NormWeights? InputNorm { get; init; }

    /// <summary>Self-attention.</summary>
    public required AttentionWeights Attention { get; init; }

    /// <summary>The norm of attention's result.</summary>
    public required NormWeights? AttentionOutputNorm { get; init; }

    /// <summary>The norm before the feed-forward block.</summary>
    public required NormWeights? FeedForwardNorm { get; init; }

    /// <summary>The feed-forward block, or the shared expert.</summary>
    public required FeedForwardWeights? FeedForward { get; init; }

    /// <summary>The mixture of experts.</summary>
    public required ExpertsWeights? Experts { get; init; }

    /// <summary>The norm of the feed-forward block's result.</summary>
    public required NormWeights? FeedForwardOutputNorm { get; init; }
}

/// <summary>The weights of self-attention.</summary>
internal sealed class AttentionWeights
{
    /// <summary>Query, key and value projections; empty in latent attention.</summary>
    public required LinearWeights[] Projections { get; init; }

    /// <summary>What latent attention has in their place, or null.</summary>
    public required LatentWeights? Latent { get; init; }

    /// <summary>Norm of the query heads, or null.</summary>
    public required NormWeights? QueryNorm { get; init; }

    /// <summary>Norm of the key heads, or null.</summary>
    public required NormWeights? KeyNorm { get; init; }

    /// <summary>The output projection, as a list of one for the device.</summary>
    public required LinearWeights[] Output { get; init; }
}

/// <summary>The weights of a feed-forward block.</summary>
internal sealed class FeedForwardWeights
{
    /// <summary>The block.</summary>
    public required FeedForwardConfig Config { get; init; }

    /// <summary>Gate and up projections, or the up projection alone.</summary>
    public required LinearWeights[] GateUp { get; init; }

    /// <summary>Reciprocals of the activation's scales, or null.</summary>
    public required VectorWeights? ActivationScales { get; init; }

    /// <summary>The projection whose sigmoid multiplies the result, as a list of one; empty for none.</summary>
    public required LinearWeights[] OutputGate { get; init; }

    /// <summary>The output projection, as a list of one for the device.</summary>
    public required LinearWeights[] Down { get; init; }
}

/// <summary>The weights of a mixture of experts.</summary>
internal sealed class ExpertsWeights
{
    /// <summary>The mixture.</summary>
    public required ExpertsConfig Config { get; init; }

    /// <summary>The router, as a list of one for the device.</summary>
    public required LinearWeights[] Router { get; init; }

    /// <summary>What is added to scores when experts are chosen, or null.</summary>
    public required VectorWeights? ChoiceBias { get; init; }

    /// <summary>The experts.</summary>
    public required FeedForwardWeights[] Experts { get; init; }
}
