using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Qwen2 and Qwen2.5: Llama with biases on the query, key and value projections.</summary>
internal static class Qwen2
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config) =>
        Llama.Read(config, new Llama.Traits { AttentionBias = true, AttentionOutputBias = false, Window = Window(config) });

    /// <summary>The window of a layer: the upper layers have one, and only where the config switches it on.</summary>
    internal static Func<int, int> Window(ConfigReader config)
    {
        bool used = config.OptionalBool("use_sliding_window") ?? false;
        int window = LayerTypes.Window(config, 4096);
        int firstLayer = config.OptionalInt("max_window_layers", 0) ?? 28;
        string[]? types = LayerTypes.Read(config);
        return layer => used && (types is null ? layer >= firstLayer : types[layer] == LayerTypes.Sliding) ? window : 0;
    }
}
