using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>EXAONE 4: Llama with norms after the blocks and of query and key heads; layers without a window do not rotate where others have one.</summary>
internal static class Exaone4
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        bool[] sliding = LayerTypes.SlidingLayers(config, 4);
        int window = LayerTypes.Window(config, 4096);
        return Olmo2.NormsAfter(Llama.Read(config, new Llama.Traits
        {
            Epsilon = 1e-5,
            HeadNorms = true,
            Rope = i => window == 0 || sliding[i] ? 0 : -1,
            Window = i => sliding[i] ? window : 0,
        }));
    }
}
