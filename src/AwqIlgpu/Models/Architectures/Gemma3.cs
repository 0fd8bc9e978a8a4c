using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Gemma 3, text only: Gemma 2 with norms of query and key heads in place of the score cap, five layers with a window for one without, and a rotation for each kind.</summary>
internal static class Gemma3
{
    private const string Full = "full_attention";

    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        config.OnlyEmpty("attn_logit_softcapping");
        bool[] sliding = LayerTypes.SlidingLayers(config, 6);
        int window = LayerTypes.Window(config, 4096);
        return Gemma2.Read(config, new Llama.Traits
        {
            HeadNorms = true,
            Ropes = headDim => Rotations(config, headDim),
            Rope = i => sliding[i] ? 1 : 0,
            Window = i => sliding[i] ? window : 0,
        });
    }

    // Without a window, then with one.
    private static RopeParameters[] Rotations(ConfigReader config, int headDim)
    {
        double theta = config.OptionalFloat("rope_theta") ?? 1e6;
        double localTheta = config.OptionalFloat("rope_local_base_freq") ?? 10000;
        if (config.OptionalObject("rope_parameters") is { } byType && (byType.Has(Full) || byType.Has(LayerTypes.Sliding)))
        {
            return
            [
                Ropes.Read(config, byType.OptionalObject(Full), headDim, RopeStyle.Half, theta, 1),
                Ropes.Read(config, byType.OptionalObject(LayerTypes.Sliding), headDim, RopeStyle.Half, localTheta, 1),
            ];
        }

        return [Ropes.Read(config, headDim, theta: theta), new RopeParameters { Theta = localTheta, RotaryDim = headDim }];
    }
}
