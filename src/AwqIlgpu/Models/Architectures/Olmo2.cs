using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>OLMo 2: Llama with norms after the blocks in place of before, and of all query and key heads together.</summary>
internal static class Olmo2
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        var decoder = Llama.Read(config, new Llama.Traits { Epsilon = 1e-5, AttentionBias = config.OptionalBool("attention_bias") ?? false, HeadNorms = true });
        return NormsAfter(decoder).EachLayer((layer, _) => layer with
        {
            Attention = layer.Attention with
            {
                QueryNorm = layer.Attention.QueryNorm! with { Width = layer.Attention.NumHeads * layer.Attention.HeadDim },
                KeyNorm = layer.Attention.KeyNorm! with { Width = layer.Attention.NumKvHeads * layer.Attention.HeadDim },
            },
        });
    }

    /// <summary>The same with norms of the blocks' results in place of their inputs.</summary>
    internal static DecoderConfig NormsAfter(DecoderConfig decoder) => decoder.EachLayer((layer, i) => layer with
    {
        InputNorm = null,
        AttentionOutputNorm = layer.FeedForwardNorm,
        FeedForwardNorm = null,
        FeedForwardOutputNorm = layer.FeedForwardNorm! with { Prefix = $"model.layers.{i}.post_feedforward_layernorm" },
    });
}
