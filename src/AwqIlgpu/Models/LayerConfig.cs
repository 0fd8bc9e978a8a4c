namespace AwqIlgpu.Models;

/// <summary>One layer: x += scale * outputNorm(attention(inputNorm(x))); then the same with the feed-forward block. Norms that are null are left out.</summary>
internal sealed record LayerConfig
{
    /// <summary>The norm before attention.</summary>
    public required NormConfig? InputNorm { get; init; }

    /// <summary>Self-attention.</summary>
    public required AttentionConfig Attention { get; init; }

    /// <summary>The norm of attention's result.</summary>
    public NormConfig? AttentionOutputNorm { get; init; }

    /// <summary>The norm before the feed-forward block. In a parallel layer null means that the block reads what attention reads.</summary>
    public required NormConfig? FeedForwardNorm { get; init; }

    /// <summary>The feed-forward block, or the shared expert beside <see cref="Experts"/>; null where there are only experts.</summary>
    public required FeedForwardConfig? FeedForward { get; init; }

    /// <summary>A mixture of experts, whose result is added to that of <see cref="FeedForward"/>; null for none.</summary>
    public ExpertsConfig? Experts { get; init; }

    /// <summary>The norm of the feed-forward block's result; not with experts.</summary>
    public NormConfig? FeedForwardOutputNorm { get; init; }

    /// <summary>Whether the feed-forward block reads x as it was before attention; not with output norms.</summary>
    public bool Parallel { get; init; }

    /// <summary>Factor on what is added to x.</summary>
    public float ResidualScale { get; init; } = 1;
}
