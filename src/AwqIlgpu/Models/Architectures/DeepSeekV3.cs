using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Models.Architectures;

/// <summary>DeepSeek-V3 and R1: latent attention, and mixtures of experts chosen by biased sigmoid scores within the best groups, beside shared experts.</summary>
internal static class DeepSeekV3
{
    // The norms inside attention do not take the config's epsilon.
    private const float LatentEpsilon = 1e-6f;

    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        config.Only("scoring_func", "sigmoid");
        config.Only("topk_method", "noaux_tc");
        bool interleaved = config.OptionalBool("rope_interleave") ?? true;
        int experts = Mixtures.Experts(config, "n_routed_experts");
        var (groups, kept) = Groups(config, experts);
        var rule = new RoutingRule(Mixtures.PerToken(config, experts / groups * kept), RouterScore.Sigmoid, config.OptionalBool("norm_topk_prob") ?? true)
        {
            Epsilon = 1e-20,
            Scale = config.OptionalFloat("routed_scaling_factor") ?? 1,
            Groups = groups,
            KeptGroups = kept,
            // A group of one expert has no second best.
            ExpertsPerGroupScore = Math.Min(2, experts / groups),
        };
        return Read(config, interleaved ? RopeStyle.Interleaved : RopeStyle.Half, rule, experts, choiceBias: true);
    }

    /// <summary>Reads what V2 and V3 share.</summary>
    internal static DecoderConfig Read(ConfigReader config, RopeStyle style, RoutingRule rule, int experts, bool choiceBias)
    {
        config.Only("moe_layer_freq", 1);
        bool bias = config.OptionalBool("attention_bias") ?? false;
        // Follow from the other dimensions.
        config.Ignore("qk_head_dim");
        int ropeDim = Sizes.HeadDim(config, "qk_rope_head_dim");
        int dense = config.OptionalInt("first_k_dense_replace", 0) ?? 0;
        int intermediate = Sizes.Width(config, "moe_intermediate_size");
        int shared = config.OptionalInt("n_shared_experts", 0, 64) ?? 0;
        var decoder = Llama.Read(config, new Llama.Traits
        {
            FeedForwardBias = config.OptionalBool("mlp_bias") ?? false,
            Ropes = _ => [Ropes.Read(config, ropeDim, style)],
        });
        var attention = Attention(config, decoder, ropeDim, bias);
        return decoder.EachLayer((layer, i) =>
        {
            layer = layer with { Attention = attention($"model.layers.{i}.self_attn") };
            if (i < dense)
            {
                return layer;
            }

            string prefix = $"model.layers.{i}.mlp";
            var activation = layer.FeedForward!.Activation;
            return layer with
            {
                FeedForward = shared == 0 ? null : Llama.Gated($"{prefix}.shared_experts", decoder.HiddenSize, checked(shared * intermediate), activation),
                Experts = Mixtures.Gated(prefix, experts, rule, decoder.HiddenSize, intermediate, activation) with
                {
                    ChoiceBias = choiceBias ? $"{prefix}.gate.e_score_correction_bias" : null,
                },
            };
        });
    }

    /// <summary>The groups that experts are divided into, and how many of them are kept.</summary>
    internal static (int Groups, int Kept) Groups(ConfigReader config, int experts)
    {
        int groups = config.OptionalInt("n_group") ?? 1;
        int kept = config.OptionalInt("topk_group") ?? groups;
        return experts % groups == 0 && kept <= groups
            ? (groups, kept)
            : throw new InvalidDataException($"config.json: n_group is {groups} and topk_group {kept} for {experts} experts; expected groups of one size, and no more kept than there are.");
    }

    // Makes the attention of a layer from its prefix.
    private static Func<string, AttentionConfig> Attention(ConfigReader config, DecoderConfig decoder, int ropeDim, bool bias)
    {
        int hidden = decoder.HiddenSize;
        int heads = decoder.Layers[0].Attention.NumHeads;
        int rank = Sizes.HeadDim(config, "kv_lora_rank");
        int plainDim = Sizes.HeadDim(config, "qk_nope_head_dim");
        int valueDim = Sizes.HeadDim(config, "v_head_dim");
        int? queryRank = Sizes.OptionalWidth(config, "q_lora_rank");
        int[] queryOrder = RopeFirst(heads, plainDim, ropeDim);
        int[] keyOrder = RopeFirst(1, rank, ropeDim);
        int queryWidth = heads * (plainDim + ropeDim);
        float scale = Scale(plainDim + ropeDim, decoder.Ropes[0]);
        return prefix => new AttentionConfig
        {
            NumHeads = heads,
            NumKvHeads = 1,
            HeadDim = valueDim,
            Scale = scale,
            Output = new LinearConfig($"{prefix}.o_proj", hidden, heads * valueDim, bias),
            Latent = new LatentConfig
            {
                Rank = rank,
                RopeDim = ropeDim,
                PlainDim = plainDim,
                ValueDim = valueDim,
                QueryDown = queryRank is { } width ? new LinearConfig($"{prefix}.q_a_proj", width, hidden, bias) : null,
                QueryDownNorm = queryRank is { } normWidth ? new NormConfig($"{prefix}.q_a_layernorm", NormKind.Rms, normWidth, LatentEpsilon) : null,
                Query = queryRank is { } inner
                    ? new LinearConfig($"{prefix}.q_b_proj", queryWidth, inner, false, queryOrder)
                    : new LinearConfig($"{prefix}.q_proj", queryWidth, hidden, false, queryOrder),
                KeyValueDown = new LinearConfig($"{prefix}.kv_a_proj_with_mqa", rank + ropeDim, hidden, bias, keyOrder),
                KeyValueNorm = new NormConfig($"{prefix}.kv_a_layernorm", NormKind.Rms, rank, LatentEpsilon),
                KeyValueUp = new LinearConfig($"{prefix}.kv_b_proj", heads * (plainDim + valueDim), rank),
            },
        };
    }

    // Yarn's factor is on cosine and sine, which reach only a part of the head; the rest of it is on the scores as a whole.
    private static float Scale(int headDim, RopeParameters rope)
    {
        double mscale = rope.MscaleAllDim == 0 || rope.Factor <= 1 ? 1 : (0.1 * rope.MscaleAllDim * Math.Log(rope.Factor)) + 1;
        return (float)(mscale * mscale / Math.Sqrt(headDim));
    }

    // Heads of [plain | rope] become [rope | plain].
    private static int[] RopeFirst(int heads, int plainDim, int ropeDim)
    {
        int headDim = plainDim + ropeDim;
        int[] order = new int[heads * headDim];
        for (int row = 0; row < order.Length; row++)
        {
            int element = row % headDim;
            order[row] = row - element + (element < plainDim ? element + ropeDim : element - plainDim);
        }

        return order;
    }
}
