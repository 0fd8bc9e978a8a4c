using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Llama: RMS norms, rotary attention with grouped heads, SiLU-gated feed-forward. Also SmolLM2, TinyLlama, Yi and others that name themselves llama.</summary>
internal static class Llama
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        // Splits the weights for training on several machines; results are the same but for rounding.
        config.Ignore("pretraining_tp");
        return Read(config, new Traits
        {
            AttentionBias = config.OptionalBool("attention_bias") ?? false,
            FeedForwardBias = config.OptionalBool("mlp_bias") ?? false,
        });
    }

    /// <summary>Reads config.json of an architecture that differs from Llama in <paramref name="traits"/> only.</summary>
    internal static DecoderConfig Read(ConfigReader config, Traits traits)
    {
        int hidden = config.Int("hidden_size");
        int intermediate = config.Int("intermediate_size");
        int heads = config.Int("num_attention_heads");
        int kvHeads = config.OptionalInt("num_key_value_heads") ?? heads;
        int headDim = config.OptionalInt("head_dim") ?? Math.Max(1, hidden / heads);
        int layers = config.Int("num_hidden_layers");
        float epsilon = (float)(config.OptionalFloat("rms_norm_eps", 0, 1) ?? 1e-6);
        if (heads % kvHeads != 0)
        {
            throw new InvalidDataException($"config.json: num_attention_heads is {heads} and num_key_value_heads {kvHeads}; expected the second to divide the first.");
        }

        var activation = ActivationNames.Read(config, "hidden_act");
        return new DecoderConfig
        {
            ModelType = config.String("model_type"),
            VocabularySize = config.Int("vocab_size"),
            HiddenSize = hidden,
            MaxPositions = config.Int("max_position_embeddings"),
            TieWordEmbeddings = config.OptionalBool("tie_word_embeddings") ?? false,
            Ropes = [Ropes.Read(config, headDim)],
            FinalNorm = new NormConfig("model.norm", NormKind.Rms, hidden, epsilon),
            Layers = [.. Enumerable.Range(0, layers).Select(i => Layer($"model.layers.{i}", i))],
        };

        LayerConfig Layer(string prefix, int index) => new()
        {
            InputNorm = new NormConfig($"{prefix}.input_layernorm", NormKind.Rms, hidden, epsilon),
            Attention = new AttentionConfig
            {
                NumHeads = heads,
                NumKvHeads = kvHeads,
                HeadDim = headDim,
                Projections =
                [
                    new LinearConfig($"{prefix}.self_attn.q_proj", heads * headDim, hidden, traits.AttentionBias),
                    new LinearConfig($"{prefix}.self_attn.k_proj", kvHeads * headDim, hidden, traits.AttentionBias),
                    new LinearConfig($"{prefix}.self_attn.v_proj", kvHeads * headDim, hidden, traits.AttentionBias),
                ],
                Output = new LinearConfig($"{prefix}.self_attn.o_proj", hidden, heads * headDim, traits.AttentionOutputBias ?? traits.AttentionBias),
                QueryNorm = traits.HeadNorms ? new NormConfig($"{prefix}.self_attn.q_norm", NormKind.Rms, headDim, epsilon) : null,
                KeyNorm = traits.HeadNorms ? new NormConfig($"{prefix}.self_attn.k_norm", NormKind.Rms, headDim, epsilon) : null,
                Window = traits.Window(index),
                Scale = 1 / MathF.Sqrt(headDim),
            },
            FeedForwardNorm = new NormConfig($"{prefix}.post_attention_layernorm", NormKind.Rms, hidden, epsilon),
            FeedForward = new FeedForwardConfig
            {
                IntermediateSize = intermediate,
                Activation = activation,
                GateUp =
                [
                    new LinearConfig($"{prefix}.mlp.gate_proj", intermediate, hidden, traits.FeedForwardBias),
                    new LinearConfig($"{prefix}.mlp.up_proj", intermediate, hidden, traits.FeedForwardBias),
                ],
                Down = new LinearConfig($"{prefix}.mlp.down_proj", hidden, intermediate, traits.FeedForwardBias),
            },
        };
    }

    /// <summary>What Llama's kin do otherwise.</summary>
    internal sealed record Traits
    {
        /// <summary>Bias of the query, key and value projections.</summary>
        public bool AttentionBias { get; init; }

        /// <summary>Bias of the output projection; null: as the others.</summary>
        public bool? AttentionOutputBias { get; init; }

        /// <summary>Bias of the feed-forward projections.</summary>
        public bool FeedForwardBias { get; init; }

        /// <summary>Norms of each query and key head.</summary>
        public bool HeadNorms { get; init; }

        /// <summary>Sliding window of a layer; 0 for none.</summary>
        public Func<int, int> Window { get; init; } = _ => 0;
    }
}
