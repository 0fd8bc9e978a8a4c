using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Falcon: layer norms, one projection for query, key and value, a feed-forward block without gate, usually beside attention. Without ALiBi.</summary>
internal static class Falcon
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        config.Only("alibi", false);
        config.Only("apply_residual_connection_post_layernorm", false);
        bool grouped = config.OptionalBool("new_decoder_architecture") ?? false;
        bool oneKey = config.OptionalBool("multi_query") ?? true;
        bool parallel = (config.OptionalBool("parallel_attn") ?? true) || grouped;
        bool bias = config.OptionalBool("bias") ?? false;
        int hidden = Sizes.Width(config, "hidden_size");
        int intermediate = Sizes.OptionalWidth(config, "ffn_hidden_size") ?? checked(4 * hidden);
        int heads = Sizes.Heads(config);
        int kvHeads = grouped ? Sizes.KvHeads(config, "num_kv_heads", heads) : oneKey ? 1 : heads;
        // The second repeats ffn_hidden_size.
        config.Ignore("num_kv_heads", "ff_factor");
        int headDim = Sizes.HeadDim(config, hidden, heads);
        // Two norms beside each other only in the new decoder; elsewhere the number has no effect.
        bool twoNorms = (config.OptionalInt("num_ln_in_parallel_attn", 1, 2) ?? 2) == 2 && grouped;
        float epsilon = (float)(config.OptionalFloat("layer_norm_epsilon", 0, 1) ?? 1e-5);
        var activation = ActivationNames.Read(config, "activation", "gelu");
        int[] order = FusedRows.Order(heads, kvHeads, headDim);
        int maxPositions = config.OptionalInt("max_position_embeddings") ?? 2048;
        return new DecoderConfig
        {
            ModelType = config.String("model_type"),
            VocabularySize = config.Int("vocab_size"),
            HiddenSize = hidden,
            MaxPositions = maxPositions,
            TieWordEmbeddings = config.OptionalBool("tie_word_embeddings") ?? true,
            EmbeddingPrefix = "transformer.word_embeddings",
            Ropes = [Ropes.Read(config, headDim)],
            FinalNorm = Norm("transformer.ln_f"),
            Layers = [.. Enumerable.Range(0, Sizes.Layers(config)).Select(i => Layer($"transformer.h.{i}"))],
        };

        NormConfig Norm(string prefix) => new(prefix, NormKind.Layer, hidden, epsilon);

        LayerConfig Layer(string prefix) => new()
        {
            Parallel = parallel,
            InputNorm = Norm(twoNorms ? $"{prefix}.ln_attn" : $"{prefix}.input_layernorm"),
            Attention = new AttentionConfig
            {
                NumHeads = heads,
                NumKvHeads = kvHeads,
                HeadDim = headDim,
                Projections = [new LinearConfig($"{prefix}.self_attention.query_key_value", (heads + (2 * kvHeads)) * headDim, hidden, bias, order)],
                Output = new LinearConfig($"{prefix}.self_attention.dense", hidden, heads * headDim, bias),
                Scale = 1 / MathF.Sqrt(headDim),
            },
            FeedForwardNorm = twoNorms ? Norm($"{prefix}.ln_mlp") : parallel ? null : Norm($"{prefix}.post_attention_layernorm"),
            FeedForward = Starcoder2.Plain($"{prefix}.mlp", "dense_h_to_4h", "dense_4h_to_h", hidden, intermediate, activation, bias),
        };
    }
}
