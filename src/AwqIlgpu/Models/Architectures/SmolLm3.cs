using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>SmolLM3: Llama that does not rotate in every fourth layer; tied embeddings.</summary>
internal static class SmolLm3
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        int layers = Sizes.Layers(config);
        int interval = config.OptionalInt("no_rope_layer_interval") ?? 4;
        // 1 for layers that rotate, despite the name.
        int[] rotates = config.OptionalInts("no_rope_layers", 0, 1) ?? [.. Enumerable.Range(1, layers).Select(number => number % interval == 0 ? 0 : 1)];
        if (rotates.Length != layers)
        {
            throw new InvalidDataException($"config.json: no_rope_layers has {rotates.Length} entries; expected {layers}, one for each layer.");
        }

        // Which layers have a window follows from those that do not rotate.
        config.Ignore("max_window_layers");
        string[]? types = LayerTypes.Read(config);
        bool windowed = config.OptionalBool("use_sliding_window") ?? false;
        int window = LayerTypes.Window(config, 0);
        return Llama.Read(config, new Llama.Traits
        {
            TieWordEmbeddings = true,
            AttentionBias = config.OptionalBool("attention_bias") ?? false,
            FeedForwardBias = config.OptionalBool("mlp_bias") ?? false,
            Ropes = headDim => [Ropes.Read(config, headDim, theta: 2e6)],
            Rope = i => rotates[i] - 1,
            Window = i => windowed && (types is null ? rotates[i] == 0 : types[i] == LayerTypes.Sliding) ? window : 0,
        });
    }
}
