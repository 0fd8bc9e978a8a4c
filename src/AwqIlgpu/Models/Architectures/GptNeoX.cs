using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>GPT-NeoX and Pythia: layer norms, both blocks side by side on norms of their own, part of the head rotated, one projection with query, key and value of each head in turn.</summary>
internal static class GptNeoX
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        int hidden = Sizes.Width(config, "hidden_size");
        int intermediate = Sizes.Width(config, "intermediate_size");
        int heads = Sizes.Heads(config);
        int headDim = Sizes.HeadDim(config, hidden, heads);
        float epsilon = (float)(config.OptionalFloat("layer_norm_eps", 0, 1) ?? 1e-5);
        bool bias = config.OptionalBool("attention_bias") ?? true;
        bool parallel = config.OptionalBool("use_parallel_residual") ?? true;
        var activation = ActivationNames.Read(config, "hidden_act");
        int[] order = FusedRows.Order(heads, heads, headDim);
        double theta = config.OptionalFloat("rotary_emb_base") ?? 10000;
        double partial = config.OptionalFloat("rotary_pct") ?? 0.25;
        return new DecoderConfig
        {
            ModelType = config.String("model_type"),
            VocabularySize = config.Int("vocab_size"),
            HiddenSize = hidden,
            MaxPositions = config.Int("max_position_embeddings"),
            TieWordEmbeddings = config.OptionalBool("tie_word_embeddings") ?? false,
            EmbeddingPrefix = "gpt_neox.embed_in",
            HeadPrefix = "embed_out",
            Ropes = [Ropes.Read(config, headDim, theta: theta, partial: partial)],
            FinalNorm = Norm("gpt_neox.final_layer_norm"),
            Layers = [.. Enumerable.Range(0, Sizes.Layers(config)).Select(i => Layer($"gpt_neox.layers.{i}"))],
        };

        NormConfig Norm(string prefix) => new(prefix, NormKind.Layer, hidden, epsilon);

        LayerConfig Layer(string prefix) => new()
        {
            Parallel = parallel,
            InputNorm = Norm($"{prefix}.input_layernorm"),
            Attention = new AttentionConfig
            {
                NumHeads = heads,
                NumKvHeads = heads,
                HeadDim = headDim,
                Projections = [new LinearConfig($"{prefix}.attention.query_key_value", 3 * heads * headDim, hidden, bias, order)],
                Output = new LinearConfig($"{prefix}.attention.dense", hidden, heads * headDim, bias),
                Scale = 1 / MathF.Sqrt(headDim),
            },
            FeedForwardNorm = Norm($"{prefix}.post_attention_layernorm"),
            FeedForward = Starcoder2.Plain($"{prefix}.mlp", "dense_h_to_4h", "dense_4h_to_h", hidden, intermediate, activation, bias: true),
        };
    }
}
