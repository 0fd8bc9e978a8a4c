using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Llama: RMS norms, rotary attention with grouped heads, SiLU-gated feed-forward. Also SmolLM2, TinyLlama, Yi and others that name themselves llama.</summary>
internal static class Llama
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config) => Read(config, new Traits
    {
        AttentionBias = config.OptionalBool("attention_bias") ?? false,
        FeedForwardBias = config.OptionalBool("mlp_bias") ?? false,
    });

    /// <summary>Reads config.json of an architecture that differs from Llama in <paramref name="traits"/> only; what else differs is changed in the result.</summary>
    internal static DecoderConfig Read(ConfigReader config, Traits traits)
    {
        int hidden = Sizes.Width(config, "hidden_size");
        int intermediate = Sizes.Width(config, "intermediate_size");
        int heads = Sizes.Heads(config);
        int kvHeads = Sizes.KvHeads(config, "num_key_value_heads", heads);
        int headDim = Sizes.HeadDim(config, hidden, heads);
        int layers = Sizes.Layers(config);
        float epsilon = (float)(config.OptionalFloat(traits.EpsilonKey, 0, 1) ?? traits.Epsilon);
        var activation = traits.Activation ?? ActivationNames.Read(config, "hidden_act");
        return new DecoderConfig
        {
            ModelType = config.String("model_type"),
            VocabularySize = config.Int("vocab_size"),
            HiddenSize = hidden,
            MaxPositions = config.Int("max_position_embeddings"),
            TieWordEmbeddings = config.OptionalBool("tie_word_embeddings") ?? traits.TieWordEmbeddings,
            Ropes = traits.Ropes?.Invoke(headDim) ?? [Ropes.Read(config, headDim, traits.RopeStyle)],
            FinalNorm = Norm("model.norm", hidden),
            Layers = [.. Enumerable.Range(0, layers).Select(i => Layer($"model.layers.{i}", i))],
        };

        NormConfig Norm(string prefix, int width) => new(prefix, traits.Norms, width, epsilon, traits.UnitOffset);

        LayerConfig Layer(string prefix, int index) => new()
        {
            InputNorm = Norm($"{prefix}.input_layernorm", hidden),
            Attention = new AttentionConfig
            {
                NumHeads = heads,
                NumKvHeads = kvHeads,
                HeadDim = headDim,
                Projections = traits.FusedProjections
                    ? [new LinearConfig($"{prefix}.self_attn.qkv_proj", (heads + (2 * kvHeads)) * headDim, hidden, traits.AttentionBias)]
                    : [
                        new LinearConfig($"{prefix}.self_attn.q_proj", heads * headDim, hidden, traits.AttentionBias),
                        new LinearConfig($"{prefix}.self_attn.k_proj", kvHeads * headDim, hidden, traits.AttentionBias),
                        new LinearConfig($"{prefix}.self_attn.v_proj", kvHeads * headDim, hidden, traits.AttentionBias),
                    ],
                Output = new LinearConfig($"{prefix}.self_attn.o_proj", hidden, heads * headDim, traits.AttentionOutputBias ?? traits.AttentionBias),
                QueryNorm = traits.HeadNorms ? Norm($"{prefix}.self_attn.q_norm", headDim) : null,
                KeyNorm = traits.HeadNorms ? Norm($"{prefix}.self_attn.k_norm", headDim) : null,
                Rope = traits.Rope(index),
                Window = traits.Window(index),
                Scale = 1 / MathF.Sqrt(headDim),
            },
            FeedForwardNorm = Norm($"{prefix}.post_attention_layernorm", hidden),
            FeedForward = traits.FusedGateUp
                ? Gated($"{prefix}.mlp", hidden, intermediate, activation) with { GateUp = [new LinearConfig($"{prefix}.mlp.gate_up_proj", 2 * intermediate, hidden)] }
                : Gated($"{prefix}.mlp", hidden, intermediate, activation, traits.FeedForwardBias),
        };
    }

    /// <summary>A gated block with the usual names.</summary>
    internal static FeedForwardConfig Gated(string prefix, int hidden, int intermediate, Activation activation, bool bias = false) => new()
    {
        IntermediateSize = intermediate,
        Activation = activation,
        GateUp = [new LinearConfig($"{prefix}.gate_proj", intermediate, hidden, bias), new LinearConfig($"{prefix}.up_proj", intermediate, hidden, bias)],
        Down = new LinearConfig($"{prefix}.down_proj", hidden, intermediate, bias),
    };

    /// <summary>What Llama's kin do otherwise.</summary>
    internal sealed record Traits
    {
        /// <summary>Kind of the norms.</summary>
        public NormKind Norms { get; init; }

        /// <summary>Key of the norms' epsilon.</summary>
        public string EpsilonKey { get; init; } = "rms_norm_eps";

        /// <summary>Epsilon where the config has none.</summary>
        public double Epsilon { get; init; } = 1e-6;

        /// <summary>Whether norms multiply by 1 + weight.</summary>
        public bool UnitOffset { get; init; }

        /// <summary>Whether the head is the embedding table where the config does not say.</summary>
        public bool TieWordEmbeddings { get; init; }

        /// <summary>The activation; null: <c>hidden_act</c> of the config.</summary>
        public Activation? Activation { get; init; }

        /// <summary>Bias of the query, key and value projections.</summary>
        public bool AttentionBias { get; init; }

        /// <summary>Bias of the output projection; null: as the others.</summary>
        public bool? AttentionOutputBias { get; init; }

        /// <summary>Whether query, key and value are one projection, <c>qkv_proj</c>.</summary>
        public bool FusedProjections { get; init; }

        /// <summary>Bias of the feed-forward projections.</summary>
        public bool FeedForwardBias { get; init; }

        /// <summary>Whether gate and up are one projection, <c>gate_up_proj</c>.</summary>
        public bool FusedGateUp { get; init; }

        /// <summary>Norms of each query and key head.</summary>
        public bool HeadNorms { get; init; }

        /// <summary>Which elements of a head make a pair.</summary>
        public RopeStyle RopeStyle { get; init; }

        /// <summary>The rotations for a head dimension; null: the one that the config describes.</summary>
        public Func<int, RopeParameters[]>? Ropes { get; init; }

        /// <summary>Rotation of a layer; -1 for none.</summary>
        public Func<int, int> Rope { get; init; } = _ => 0;

        /// <summary>Sliding window of a layer; 0 for none.</summary>
        public Func<int, int> Window { get; init; } = _ => 0;
    }
}
