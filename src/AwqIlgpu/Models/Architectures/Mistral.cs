using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Mistral: Llama with a sliding window in every layer and a head dimension of its own.</summary>
internal static class Mistral
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        int window = LayerTypes.Window(config, 4096);
        return Llama.Read(config, new Llama.Traits { Window = _ => window });
    }
}
