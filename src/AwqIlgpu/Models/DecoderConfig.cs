using AwqIlgpu.Checkpoints;
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

    /// <summary>Factor on the embeddings.</summary>
    public float EmbeddingScale { get; init; } = 1;

    /// <summary>Position embeddings that are added to those of the tokens; null for none.</summary>
    public LearnedPositions? Positions { get; init; }

    /// <summary>Factor on the logits.</summary>
    public float LogitScale { get; init; } = 1;

    /// <summary>cap in cap * tanh(logit / cap); 0 for none.</summary>
    public float LogitSoftcap { get; init; }

    /// <summary>Prefix of the token embeddings, [vocabulary, hidden].</summary>
    public string EmbeddingPrefix { get; init; } = "model.embed_tokens";

    /// <summary>Prefix of the output head.</summary>
    public string HeadPrefix { get; init; } = "lm_head";

    /// <summary>Whether the head is the embedding table.</summary>
    public required bool TieWordEmbeddings { get; init; }

    /// <summary>Prefix of the token embeddings in a file: where they are the head too, it may hold them under either name.</summary>
    public string EmbeddingNameIn(IWeightSource source) =>
        TieWordEmbeddings && !source.HasTensor(EmbeddingPrefix + ".weight") && source.HasTensor(HeadPrefix + ".weight") ? HeadPrefix : EmbeddingPrefix;

    /// <summary>The same with changed layers; <paramref name="change"/> gets a layer and its index.</summary>
    public DecoderConfig EachLayer(Func<LayerConfig, int, LayerConfig> change) => this with { Layers = [.. Layers.Select(change)] };
}

/// <summary>A table of position embeddings.</summary>
/// <param name="Prefix">Tensor name without <c>.weight</c>.</param>
/// <param name="Rows">Rows of the table.</param>
/// <param name="Offset">Row of position 0.</param>
internal sealed record LearnedPositions(string Prefix, int Rows, int Offset);
