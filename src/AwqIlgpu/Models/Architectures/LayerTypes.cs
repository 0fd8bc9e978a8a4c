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

        int layers = config.Int("num_hidden_layers");
        if (types.Length != layers)
        {
            throw new InvalidDataException($"config.json: layer_types has {types.Length} entries; expected {layers}, one for each layer.");
        }

        string? unknown = Array.Find(types, t => t is not (Sliding or Full));
        return unknown is null ? types : throw new NotSupportedException($"config.json: layer_types has \"{unknown}\". Supported: {Full}, {Sliding}.");
    }
}
