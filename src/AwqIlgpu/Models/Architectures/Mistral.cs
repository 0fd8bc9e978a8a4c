using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Mistral: Llama with a sliding window in every layer and a head dimension of its own.</summary>
internal static class Mistral
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config) => Read(config, 1e-6);

    /// <summary>Reads config.json with another epsilon where it has none.</summary>
    internal static DecoderConfig Read(ConfigReader config, double epsilon)
    {
        int window = config.OptionalInt("sliding_window") ?? 0;
        return Llama.Read(config, new Llama.Traits { Epsilon = epsilon, Window = _ => window });
    }
}
