using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Qwen1.5-MoE and Qwen2-MoE: Qwen2 with mixtures of experts, beside each a shared expert under a sigmoid gate.</summary>
internal static class Qwen2Moe
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        bool bias = config.OptionalBool("qkv_bias") ?? true;
        int shared = Sizes.Width(config, "shared_expert_intermediate_size");
        var decoder = Llama.Read(config, new Llama.Traits { AttentionBias = bias, AttentionOutputBias = false, Window = Qwen2.Window(config) });
        return WithExperts(config, decoder, (prefix, activation) => Llama.Gated($"{prefix}.shared_expert", decoder.HiddenSize, shared, activation) with
        {
            OutputGate = new LinearConfig($"{prefix}.shared_expert_gate", 1, decoder.HiddenSize),
        });
    }

    /// <summary>The same with mixtures in the layers that Qwen's keys name, and beside them what <paramref name="shared"/> makes of a layer's prefix.</summary>
    internal static DecoderConfig WithExperts(ConfigReader config, DecoderConfig decoder, Func<string, Activation, FeedForwardConfig?> shared)
    {
        int experts = Mixtures.Experts(config, "num_experts");
        var rule = new RoutingRule(Mixtures.PerToken(config, experts), RouterScore.Softmax, config.OptionalBool("norm_topk_prob") ?? false);
        int intermediate = Sizes.Width(config, "moe_intermediate_size");
        int step = config.OptionalInt("decoder_sparse_step") ?? 1;
        int[] dense = config.OptionalInts("mlp_only_layers", 0) ?? [];
        return decoder.EachLayer((layer, i) =>
        {
            if (dense.Contains(i) || (i + 1) % step != 0)
            {
                return layer;
            }

            var activation = layer.FeedForward!.Activation;
            string prefix = $"model.layers.{i}.mlp";
            return layer with
            {
                FeedForward = shared(prefix, activation),
                Experts = Mixtures.Gated(prefix, experts, rule, decoder.HiddenSize, intermediate, activation),
            };
        });
    }
}
