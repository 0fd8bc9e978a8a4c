namespace AwqIlgpu.Models;

/// <summary>Self-attention of one layer.</summary>
internal sealed record AttentionConfig
{
    /// <summary>Query heads.</summary>
    public required int NumHeads { get; init; }

    /// <summary>Key and value heads; divides <see cref="NumHeads"/>.</summary>
    public required int NumKvHeads { get; init; }

    /// <summary>Width of one head.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Linears whose outputs, side by side, are [query heads | key heads | value heads]; none where <see cref="Latent"/> is.</summary>
    public LinearConfig[] Projections { get; init; } = [];

    /// <summary>Latent attention in place of <see cref="Projections"/>; null for none. There is one key and value head then, and <see cref="HeadDim"/> is the width of a value head.</summary>
    public LatentConfig? Latent { get; init; }

    /// <summary>The output projection.</summary>
    public required LinearConfig Output { get; init; }

    /// <summary>Norm of each query head, or of all together, before RoPE; null for none.</summary>
    public NormConfig? QueryNorm { get; init; }

    /// <summary>Norm of each key head, or of all together, before RoPE; null for none.</summary>
    public NormConfig? KeyNorm { get; init; }

    /// <summary>Index into <see cref="DecoderConfig.Ropes"/>; -1 for no rotation.</summary>
    public int Rope { get; init; }

    /// <summary>Keys that a query sees, itself included; 0 for all.</summary>
    public int Window { get; init; }

    /// <summary>Factor on q.k.</summary>
    public required float Scale { get; init; }

    /// <summary>cap in cap * tanh(score / cap); 0 for none.</summary>
    public float ScoreSoftcap { get; init; }

    /// <summary>Width of the projections' joint output; of the queries alone in latent attention.</summary>
    public int ProjectionWidth => Latent is null ? (NumHeads + (2 * NumKvHeads)) * HeadDim : NumHeads * Latent.QueryDim;

    /// <summary>Width of a key as queries meet it; in latent attention it ends in the value, and the cache holds both once.</summary>
    public int KeyDim => Latent?.KeyDim ?? HeadDim;

    /// <summary>Width of a value in the cache.</summary>
    public int ValueDim => Latent?.Rank ?? HeadDim;
}
