using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Cohere Command R7B and A: Cohere whose layers rotate and have a window, but for every fourth, which does neither.</summary>
internal static class Cohere2
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        bool[] sliding = LayerTypes.SlidingLayers(config, 4);
        int window = config.OptionalInt("sliding_window") ?? 0;
        config.Only("use_qk_norm", false);
        return Cohere.Read(config, new Llama.Traits { Rope = i => sliding[i] ? 0 : -1, Window = i => sliding[i] ? window : 0 });
    }
}
