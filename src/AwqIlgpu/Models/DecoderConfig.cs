using AwqIlgpu.Kernels;

namespace AwqIlgpu.Models;

/// <summary>A decoder as numbers and names: everything in config.json that changes results, in one form for all architectures.</summary>
internal sealed record DecoderConfig
{
    /// <summary><c>model_type</c> of config.json.</summary>
    public required string ModelType { get; init; }

    /// <summary>Rows of the embedding table.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Longest sequence that the model was made for.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>The layers, first to last.</summary>
    public required LayerConfig[] Layers { get; init; }

    /// <summary>The norm before the head.</summary>
    public required NormConfig FinalNorm { get; init; }

    /// <summary>The rotations that layers refer to by index.</summary>
    public required RopeParameters[] Ropes { get; init; }

    /// <summary>Prefix of the token embeddings, [vocabulary, hidden].</summary>
    public string EmbeddingPrefix { get; init; } = "model.embed_tokens";

    /// <summary>Prefix of the output head.</summary>
    public string HeadPrefix { get; init; } = "lm_head";

    /// <summary>Whether the head is the embedding table.</summary>
    public required bool TieWordEmbeddings { get; init; }
}

/// <summary>One layer: x += attention(inputNorm(x)); x += feedForward(feedForwardNorm(x)).</summary>
internal sealed record LayerConfig
{
    /// <summary>The norm before attention.</summary>
    public required NormConfig InputNorm { get; init; }

    /// <summary>Self-attention.</summary>
    public required AttentionConfig Attention { get; init; }

    /// <summary>The norm before the feed-forward block.</summary>
    public required NormConfig FeedForwardNorm { get; init; }

    /// <summary>The feed-forward block.</summary>
    public required FeedForwardConfig FeedForward { get; init; }
}
