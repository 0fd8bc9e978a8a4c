using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>The architectures by their <c>model_type</c>.</summary>
internal static class Architecture
{
    private static readonly SortedDictionary<string, Func<ConfigReader, DecoderConfig>> s_readers = new(StringComparer.Ordinal)
    {
        ["cohere"] = Cohere.Read,
        ["cohere2"] = Cohere2.Read,
        ["deepseek_v2"] = DeepSeekV2.Read,
        ["deepseek_v3"] = DeepSeekV3.Read,
        ["exaone4"] = Exaone4.Read,
        ["falcon"] = Falcon.Read,
        ["gemma"] = Gemma.Read,
        ["gemma2"] = Gemma2.Read,
        ["gemma3_text"] = Gemma3.Read,
        ["glm"] = Glm4.Glm,
        ["glm4"] = Glm4.Read,
        ["gpt_neox"] = GptNeoX.Read,
        ["granite"] = Granite.Read,
        ["llama"] = Llama.Read,
        ["mistral"] = Mistral.Read,
        ["mixtral"] = Mixtral.Read,
        ["olmo2"] = Olmo2.Read,
        ["opt"] = Opt.Read,
        ["phi3"] = Phi3.Read,
        ["qwen2"] = Qwen2.Read,
        ["qwen2_moe"] = Qwen2Moe.Read,
        ["qwen3"] = Qwen3.Read,
        ["qwen3_moe"] = Qwen3Moe.Read,
        ["smollm3"] = SmolLm3.Read,
        ["stablelm"] = StableLm.Read,
        ["starcoder2"] = Starcoder2.Read,
    };

    // Far above any model, and small enough that widths and their sums stay numbers of 32 bits.
    private static readonly (string Key, int Largest)[] s_largest =
    [
        ("num_hidden_layers", 4096), ("num_attention_heads", 1 << 13), ("num_key_value_heads", 1 << 13), ("head_dim", 1 << 12),
        ("hidden_size", 1 << 20), ("intermediate_size", 1 << 24), ("vocab_size", 1 << 24), ("max_position_embeddings", 1 << 30),
    ];

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

        foreach (var (key, largest) in s_largest)
        {
            config.AtMost(key, largest);
        }

        var decoder = read(config);
        config.RefuseUnknown();
        return decoder;
    }
}
