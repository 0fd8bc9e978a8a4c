using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Gemma 2: Gemma with norms around both blocks, soft caps, a scale of its own for scores, and a window in every second layer.</summary>
internal static class Gemma2
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        bool[] sliding = LayerTypes.SlidingLayers(config, 2);
        int window = LayerTypes.Window(config, 4096);
        float softcap = (float)(config.OptionalFloat("attn_logit_softcapping", 0) ?? 0);
        return Read(config, new Llama.Traits { Window = i => sliding[i] ? window : 0 })
            .EachLayer((layer, _) => layer with { Attention = layer.Attention with { ScoreSoftcap = softcap } });
    }

    /// <summary>Reads what Gemma 2 and 3 share.</summary>
    internal static DecoderConfig Read(ConfigReader config, Llama.Traits traits)
    {
        config.Only("use_bidirectional_attention", false);
        // Of the base class; the model reads hidden_activation.
        config.Ignore("hidden_act");
        float scale = (float)(1 / Math.Sqrt(config.OptionalFloat("query_pre_attn_scalar", double.Epsilon) ?? 256));
        var decoder = Gemma.Read(config, traits with { Activation = ActivationNames.Read(config, "hidden_activation", "gelu_pytorch_tanh") }) with
        {
            LogitSoftcap = (float)(config.OptionalFloat("final_logit_softcapping", 0) ?? 0),
        };
        return decoder.EachLayer((layer, i) => layer with
        {
            Attention = layer.Attention with { Scale = scale },
            AttentionOutputNorm = layer.FeedForwardNorm,
            FeedForwardNorm = layer.FeedForwardNorm! with { Prefix = $"model.layers.{i}.pre_feedforward_layernorm" },
            FeedForwardOutputNorm = layer.FeedForwardNorm with { Prefix = $"model.layers.{i}.post_feedforward_layernorm" },
        });
    }
}
