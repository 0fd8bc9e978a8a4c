using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>StableLM: Llama with layer norms and a rotation of part of the head; some with head norms or with both blocks side by side.</summary>
internal static class StableLm
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        // Of the code that the first files came with; transformers reads other keys for the same.
        config.Ignore("num_heads", "rope_pct");
        config.Only("rotary_scaling_factor", 1);
        bool headNorms = config.OptionalBool("qk_layernorm") ?? false;
        bool parallel = config.OptionalBool("use_parallel_residual") ?? false;
        var decoder = Llama.Read(config, new Llama.Traits
        {
            Norms = NormKind.Layer,
            EpsilonKey = "layer_norm_eps",
            Epsilon = 1e-5,
            AttentionBias = config.OptionalBool("use_qkv_bias") ?? false,
            AttentionOutputBias = false,
            Ropes = headDim => [Ropes.Read(config, headDim, partial: 0.25)],
        });
        return decoder.EachLayer((layer, i) => layer with
        {
            Parallel = parallel,
            FeedForwardNorm = parallel ? null : layer.FeedForwardNorm,
            Attention = layer.Attention with
            {
                QueryNorm = headNorms ? HeadNorm(layer, $"model.layers.{i}.self_attn.q_layernorm", layer.Attention.NumHeads) : null,
                KeyNorm = headNorms ? HeadNorm(layer, $"model.layers.{i}.self_attn.k_layernorm", layer.Attention.NumKvHeads) : null,
            },
        });
    }

    private static NormConfig HeadNorm(LayerConfig layer, string prefix, int heads) =>
        layer.InputNorm! with { Prefix = prefix, Width = layer.Attention.HeadDim, Segments = heads };
}
