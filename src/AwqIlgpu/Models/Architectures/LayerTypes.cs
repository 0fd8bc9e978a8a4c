using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary><c>layer_types</c> of config.json: which layers see a window and which see everything.</summary>
internal static class LayerTypes
{
    /// <summary>A layer with a sliding window.</summary>
    public const string Sliding = "sliding_attention";

    private const string Full = "full_attention";

    /// <summary>One type per layer; null where the config has none.</summary>
    /// <exception cref="NotSupportedException">A type is neither of the two.</exception>
    /// <exception cref="InvalidDataException">There are not as many as layers.</exception>
    public static string[]? Read(ConfigReader config)
    {
        string[]? types = config.OptionalStrings("layer_types");
        if (types is null)
        {
            return null;
        }

        int layers = Sizes.Layers(config);
        if (types.Length != layers)
        {
            throw new InvalidDataException($"config.json: layer_types has {types.Length} entries; expected {layers}, one for each layer.");
        }

        string? unknown = Array.Find(types, t => t is not (Sliding or Full));
        return unknown is null ? types : throw new NotSupportedException($"config.json: layer_types has \"{unknown}\". Supported: {Full}, {Sliding}.");
    }

    /// <summary><c>sliding_window</c>: the keys that a query sees; 0 for all, which the config says with null.</summary>
    /// <param name="config">config.json.</param>
    /// <param name="missing">The window where the config does not have the key: the default of transformers.</param>
    public static int Window(ConfigReader config, int missing) =>
        config.OptionalInt("sliding_window") ?? (config.Root.TryGetProperty("sliding_window", out _) ? 0 : missing);

    /// <summary>Whether each layer has a window: by <c>layer_types</c>, or all but every n-th, n being <c>sliding_window_pattern</c>.</summary>
    /// <param name="config">config.json.</param>
    /// <param name="pattern">n where the config has none.</param>
    public static bool[] SlidingLayers(ConfigReader config, int pattern)
    {
        if (Read(config) is { } types)
        {
            // Some files spell the pattern out in letters; the list says the same.
            config.Ignore("sliding_window_pattern", "_sliding_window_pattern");
            return Array.ConvertAll(types, t => t == Sliding);
        }

        int n = config.OptionalInt("sliding_window_pattern") ?? pattern;
        return [.. Enumerable.Range(1, Sizes.Layers(config)).Select(number => number % n != 0)];
    }
}
