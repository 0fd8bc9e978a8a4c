using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Qwen3: Llama with norms on query and key heads.</summary>
internal static class Qwen3
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config) =>
        Llama.Read(config, new Llama.Traits { AttentionBias = config.OptionalBool("attention_bias") ?? false, HeadNorms = true, Window = Qwen2.Window(config) });
}
