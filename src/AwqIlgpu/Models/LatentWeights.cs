using AwqIlgpu.Checkpoints;
using AwqIlgpu.Memory;

namespace AwqIlgpu.Models;

/// <summary>The weights of latent attention beside its query and output projections.</summary>
internal sealed class LatentWeights
{
    /// <summary>The attention.</summary>
    public required LatentConfig Config { get; init; }

    /// <summary>Projections of the hidden state, their outputs side by side: [vector for queries, or nothing | rope key | latent vector].</summary>
    public required LinearWeights[] Down { get; init; }

    /// <summary>Norm of the vector for queries; null where there is none.</summary>
    public required NormWeights? QueryDownNorm { get; init; }

    /// <summary>Projection to the queries, as a list of one for the device.</summary>
    public required LinearWeights[] Query { get; init; }

    /// <summary>Norm of the latent vector.</summary>
    public required NormWeights KeyValueNorm { get; init; }

    /// <summary>How the checkpoint holds K and V.</summary>
    public required LinearInfo KeyValueUp { get; init; }

    /// <summary>K of each head, transposed: from the plain part of a query to the latent vector.</summary>
    public required HeadMatrices QueryToLatent { get; init; }

    /// <summary>V of each head: from the latent vector to the value.</summary>
    public required HeadMatrices LatentToValue { get; init; }
}

/// <summary>One matrix of floats for each head, one after another.</summary>
/// <param name="Offset">First byte in the arena.</param>
/// <param name="Heads">How many.</param>
/// <param name="OutFeatures">Rows of each.</param>
/// <param name="InFeatures">Columns of each.</param>
internal readonly record struct HeadMatrices(long Offset, int Heads, int OutFeatures, int InFeatures)
{
    /// <summary>Bytes of one head's matrix.</summary>
    public long HeadBytes => (long)OutFeatures * InFeatures * sizeof(float);

    /// <summary>First byte after the last.</summary>
    public long End => Arena.Align(Offset + (Heads * HeadBytes));
}
