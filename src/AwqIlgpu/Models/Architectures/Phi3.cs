using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Phi-3, Phi-3.5 and Phi-4: Llama with fused projections, LongRoPE and a rotation of part of the head.</summary>
internal static class Phi3
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        foreach (string key in new[] { "attention_bias", "mlp_bias", "lm_head_bias" })
        {
            config.Only(key, false);
        }

        // Of the training of Phi-4-mini; only at 1 are they without effect.
        config.Only("full_attn_mod", 1);
        config.Only("interpolate_factor", 1);
        int window = LayerTypes.Window(config, 0);
        return Llama.Read(config, new Llama.Traits { Epsilon = 1e-5, FusedProjections = true, FusedGateUp = true, Window = _ => window });
    }
}
