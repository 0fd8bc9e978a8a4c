using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Models.Architectures;

/// <summary>GLM-4: Llama with neighbouring elements of half a head rotated, fused gate and up, and norms after the blocks too.</summary>
internal static class Glm4
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config) => Glm(config).EachLayer((layer, i) => layer with
    {
        AttentionOutputNorm = layer.InputNorm! with { Prefix = $"model.layers.{i}.post_self_attn_layernorm" },
        FeedForwardOutputNorm = layer.InputNorm with { Prefix = $"model.layers.{i}.post_mlp_layernorm" },
    });

    /// <summary>Reads config.json of GLM, which has no norms after the blocks.</summary>
    internal static DecoderConfig Glm(ConfigReader config) => Llama.Read(config, new Llama.Traits
    {
        Epsilon = 1.5625e-07,
        AttentionBias = config.OptionalBool("attention_bias") ?? false,
        AttentionOutputBias = false,
        FusedGateUp = true,
        Ropes = headDim => [Ropes.Read(config, headDim, RopeStyle.Interleaved, partial: 0.5)],
    });
}
