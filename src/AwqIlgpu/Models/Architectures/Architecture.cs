using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>The architectures by their <c>model_type</c>.</summary>
internal static class Architecture
{
    private static readonly SortedDictionary<string, Func<ConfigReader, DecoderConfig>> s_readers = new(StringComparer.Ordinal)
    {
        ["llama"] = Llama.Read,
        ["mistral"] = Mistral.Read,
        ["qwen2"] = Qwen2.Read,
        ["qwen3"] = Qwen3.Read,
    };

    /// <summary>What can run, in alphabetical order.</summary>
    public static IEnumerable<string> Supported => s_readers.Keys;

    /// <summary>Reads config.json; every key that changes results is used or refused.</summary>
    /// <exception cref="NotSupportedException">The model type or a key is not supported; the message names it.</exception>
    /// <exception cref="InvalidDataException">A value is missing or out of range.</exception>
    public static DecoderConfig Read(ConfigReader config)
    {
        string modelType = config.String("model_type");
        if (!s_readers.TryGetValue(modelType, out var read))
        {
            throw new NotSupportedException($"config.json: model_type \"{modelType}\" is not supported. Supported: {string.Join(", ", Supported)}.");
        }

        var decoder = read(config);
        config.RefuseUnknown();
        return decoder;
    }
}
