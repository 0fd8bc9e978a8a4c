using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>OPT: learned positions, layer norms and biases, a feed-forward block without gate. Not the 350M model, which normalises after its blocks.</summary>
internal static class Opt
{
    // The first rows of the table belong to padding.
    private const int PositionOffset = 2;

    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        config.Only("do_layer_norm_before", true);
        config.Only("_remove_final_layer_norm", false);
        config.Only("layer_norm_elementwise_affine", true);
        int hidden = Sizes.Width(config, "hidden_size");
        config.Only("word_embed_proj_dim", hidden);
        bool bias = config.OptionalBool("enable_bias") ?? true;
        int intermediate = Sizes.Width(config, "ffn_dim");
        int heads = Sizes.Heads(config);
        int headDim = Sizes.HeadDim(config, hidden, heads);
        int maxPositions = config.Int("max_position_embeddings", 1, int.MaxValue - PositionOffset);
        var activation = ActivationNames.Read(config, "activation_function", "relu");
        return new DecoderConfig
        {
            ModelType = config.String("model_type"),
            VocabularySize = config.Int("vocab_size"),
            HiddenSize = hidden,
            MaxPositions = maxPositions,
            TieWordEmbeddings = config.OptionalBool("tie_word_embeddings") ?? true,
            EmbeddingPrefix = "model.decoder.embed_tokens",
            Positions = new LearnedPositions("model.decoder.embed_positions", maxPositions + PositionOffset, PositionOffset),
            Ropes = [],
            FinalNorm = Norm("model.decoder.final_layer_norm"),
            Layers = [.. Enumerable.Range(0, Sizes.Layers(config)).Select(i => Layer($"model.decoder.layers.{i}"))],
        };

        NormConfig Norm(string prefix) => new(prefix, NormKind.Layer, hidden, 1e-5f);

        LayerConfig Layer(string prefix) => new()
        {
            InputNorm = Norm($"{prefix}.self_attn_layer_norm"),
            Attention = new AttentionConfig
            {
                NumHeads = heads,
                NumKvHeads = heads,
                HeadDim = headDim,
                Projections =
                [
                    new LinearConfig($"{prefix}.self_attn.q_proj", heads * headDim, hidden, bias),
                    new LinearConfig($"{prefix}.self_attn.k_proj", heads * headDim, hidden, bias),
                    new LinearConfig($"{prefix}.self_attn.v_proj", heads * headDim, hidden, bias),
                ],
                Output = new LinearConfig($"{prefix}.self_attn.out_proj", hidden, heads * headDim, bias),
                Rope = -1,
                Scale = 1 / MathF.Sqrt(headDim),
            },
            FeedForwardNorm = Norm($"{prefix}.final_layer_norm"),
            FeedForward = Starcoder2.Plain(prefix, "fc1", "fc2", hidden, intermediate, activation, bias),
        };
    }
}
