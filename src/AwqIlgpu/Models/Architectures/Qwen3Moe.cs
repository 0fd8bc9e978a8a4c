using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Qwen3-MoE: Qwen3 with mixtures of experts.</summary>
internal static class Qwen3Moe
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config) => Qwen2Moe.WithExperts(config, Qwen3.Read(config), (_, _) => null);
}
