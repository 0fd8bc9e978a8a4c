using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Cohere Command R: attention and feed-forward side by side on one layer norm without bias, neighbouring elements rotated, scaled logits, tied embeddings.</summary>
internal static class Cohere
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        var decoder = Read(config, new Llama.Traits());
        if (config.OptionalBool("use_qk_norm") != true)
        {
            return decoder;
        }

        return decoder.EachLayer((layer, i) => layer with
        {
            Attention = layer.Attention with
            {
                QueryNorm = HeadNorm(layer, $"model.layers.{i}.self_attn.q_norm", layer.Attention.NumHeads),
                KeyNorm = HeadNorm(layer, $"model.layers.{i}.self_attn.k_norm", layer.Attention.NumKvHeads),
            },
        });
    }

    /// <summary>Reads what Cohere and Cohere 2 share.</summary>
    internal static DecoderConfig Read(ConfigReader config, Llama.Traits traits)
    {
        var decoder = Llama.Read(config, traits with
        {
            Norms = NormKind.Layer,
            EpsilonKey = "layer_norm_eps",
            Epsilon = 1e-5,
            TieWordEmbeddings = true,
            AttentionBias = config.OptionalBool("attention_bias") ?? false,
            RopeStyle = RopeStyle.Interleaved,
        }) with
        {
            LogitScale = (float)(config.OptionalFloat("logit_scale") ?? 0.0625),
        };
        return decoder.EachLayer((layer, _) => layer with { Parallel = true, FeedForwardNorm = null });
    }

    private static NormConfig HeadNorm(LayerConfig layer, string prefix, int heads) =>
        layer.InputNorm! with { Prefix = prefix, Width = layer.Attention.HeadDim, Segments = heads };
}
