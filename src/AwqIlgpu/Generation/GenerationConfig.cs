using System.Text.Json;

namespace AwqIlgpu.Generation;

/// <summary>What a model's <c>generation_config.json</c> says; where there is none, the token ids of its <c>config.json</c>.</summary>
/// <remarks>
/// Read: eos_token_id, bos_token_id, pad_token_id, stop_strings, do_sample, temperature, top_k, top_p, min_p, repetition_penalty. A key that changes
/// the answer and is not among them is refused unless it holds the value that changes nothing; lengths, caches and other keys are the caller's matter and ignored.
/// </remarks>
internal sealed class GenerationConfig
{
    private const string FileName = "generation_config.json";

    // The largest seen has a few kilobytes (suppress_tokens of Whisper); anything far larger is not this file.
    private const int MaxFileBytes = 1 << 20;

    // Number: the value that changes nothing. Null: only null, false and empty lists or objects change nothing.
    private static readonly (string Key, double? Neutral)[] s_unsupported =
    [
        ("num_beams", 1), ("num_beam_groups", 1), ("num_return_sequences", 1), ("penalty_alpha", 0), ("dola_layers", null), ("constraints", null), ("force_words_ids", null),
        ("typical_p", 1), ("epsilon_cutoff", 0), ("eta_cutoff", 0), ("top_h", null), ("no_repeat_ngram_size", 0), ("encoder_no_repeat_ngram_size", 0),
        ("encoder_repetition_penalty", 1), ("guidance_scale", 1), ("min_length", 0), ("min_new_tokens", 0), ("exponential_decay_length_penalty", null),
        ("sequence_bias", null), ("bad_words_ids", null), ("suppress_tokens", null), ("begin_suppress_tokens", null),
        ("forced_bos_token_id", null), ("forced_eos_token_id", null), ("forced_decoder_ids", null), ("watermarking_config", null),
    ];

    private readonly string _file;
    private readonly JsonElement _root;

    private GenerationConfig(string file, JsonElement root, JsonElement config)
    {
        _file = file;
        _root = root;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"{file}: the document is {Found(root)}; expected an object.");
        }

        RefuseUnsupported();
        var fallback = config.ValueKind == JsonValueKind.Object ? config : default;
        EosTokenIds = TokenIds("eos_token_id", fallback);
        BosTokenId = FirstOrNull(TokenIds("bos_token_id", fallback));
        PadTokenId = FirstOrNull(TokenIds("pad_token_id", fallback));
        StopStrings = ReadStopStrings();
        Sampling = ReadSampling();
    }

    /// <summary>What says nothing: no token ends an answer, sampling is the caller's.</summary>
    public static GenerationConfig Empty { get; } = new(FileName, JsonElement.Parse("{}"), default);

    /// <summary>Tokens that end an answer; may be none.</summary>
    public IReadOnlyList<int> EosTokenIds { get; }

    /// <summary>The token that begins a text, where the files name one.</summary>
    public int? BosTokenId { get; }

    /// <summary>The padding token, where the files name one.</summary>
    public int? PadTokenId { get; }

    /// <summary>Texts that end an answer; may be none.</summary>
    public IReadOnlyList<string> StopStrings { get; }

    /// <summary>With do_sample the values of the file (temperature 1 if it gives none; nothing else is filled in); without, temperature 0 and the repetition penalty.</summary>
    public SamplingOptions Sampling { get; }

    /// <summary>Reads the file of a model folder.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="config">The object in its <c>config.json</c>, which gives the token ids that generation_config.json leaves out.</param>
    /// <exception cref="InvalidDataException">The file is no JSON object, or a value has a wrong type or is out of range.</exception>
    /// <exception cref="NotSupportedException">A key that changes the answer and that we do not follow is set.</exception>
    public static GenerationConfig Read(string folder, JsonElement config)
    {
        string file = Path.Combine(folder, FileName);
        return File.Exists(file) ? new GenerationConfig(file, Parse(file), config) : new GenerationConfig(file, JsonElement.Parse("{}"), config);
    }

    private static JsonElement Parse(string file)
    {
        using var stream = File.OpenRead(file);
        if (stream.Length > MaxFileBytes)
        {
            throw new InvalidDataException($"{file} has {stream.Length} bytes; expected at most {MaxFileBytes}. It is not a generation config.");
        }

        try
        {
            using var document = JsonDocument.Parse(stream);
            return document.RootElement.Clone();
        }
        catch (JsonException broken)
        {
            throw new InvalidDataException($"{file}: {broken.Message} Expected a JSON object.", broken);
        }
    }

    private void RefuseUnsupported()
    {
        foreach (var (key, neutral) in s_unsupported)
        {
            if (!_root.TryGetProperty(key, out var value))
            {
                continue;
            }

            bool changesNothing = value.ValueKind switch
            {
                JsonValueKind.Null or JsonValueKind.False => true,
                JsonValueKind.Array => value.GetArrayLength() == 0,
                JsonValueKind.Object => !value.EnumerateObject().MoveNext(),
                JsonValueKind.Number => value.TryGetDouble(out double number) && number == neutral,
                _ => false,
            };
            if (!changesNothing)
            {
                throw new NotSupportedException($"{_file}: {key} is {Found(value)}, which changes the answer and is not supported. Remove the key to generate without it.");
            }
        }
    }

    private SamplingOptions ReadSampling()
    {
        bool samples = Optional("do_sample", _root) is { } flag && (flag.ValueKind is JsonValueKind.True or JsonValueKind.False ? flag.GetBoolean() : throw Unexpected(_file, "do_sample", flag, "true or false"));
        double? temperature = Number("temperature");
        double? topK = Number("top_k");
        double? topP = Number("top_p");
        double? minP = Number("min_p");
        double? repetitionPenalty = Number("repetition_penalty");
        if (topK is { } k && (k != Math.Floor(k) || Math.Abs(k) > int.MaxValue))
        {
            throw Unexpected(_file, "top_k", _root.GetProperty("top_k"), "an integer");
        }

        try
        {
            var greedy = new SamplingOptions { Temperature = 0, RepetitionPenalty = repetitionPenalty };
            return !samples ? greedy : greedy with
            {
                Temperature = temperature ?? 1,

                // vLLM's files write -1 for off.
                TopK = topK is -1 ? 0 : (int?)topK,
                TopP = topP,
                MinP = minP,
            };
        }
        catch (ArgumentOutOfRangeException outOfRange)
        {
            throw new InvalidDataException($"{_file}: {outOfRange.Message}", outOfRange);
        }
    }

    private List<string> ReadStopStrings()
    {
        if (Optional("stop_strings", _root) is not { } value)
        {
            return [];
        }

        var stops = new List<string>();
        foreach (var item in value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : new[] { value })
        {
            stops.Add(item.ValueKind == JsonValueKind.String && item.GetString() is { Length: > 0 } stop ? stop : throw Unexpected(_file, "stop_strings", value, "a text or a list of texts, none empty"));
        }

        return stops;
    }

    private double? Number(string key) => Optional(key, _root) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) ? number
        : throw Unexpected(_file, key, value, "a number");

    // One id or a list; some files write -1 for none.
    private List<int> TokenIds(string key, JsonElement fallback)
    {
        string file = _file;
        if (Optional(key, _root) is not { } value)
        {
            file = Path.Combine(Path.GetDirectoryName(_file)!, "config.json");
            if (fallback.ValueKind != JsonValueKind.Object || Optional(key, fallback) is not { } other)
            {
                return [];
            }

            value = other;
        }

        var ids = new List<int>();
        foreach (var item in value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : new[] { value })
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out int id))
            {
                throw Unexpected(file, key, value, "a token id or a list of token ids");
            }

            if (id >= 0)
            {
                ids.Add(id);
            }
        }

        return ids;
    }

    private static int? FirstOrNull(List<int> ids) => ids.Count > 0 ? ids[0] : null;

    private static JsonElement? Optional(string key, JsonElement parent) =>
        parent.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static InvalidDataException Unexpected(string file, string key, JsonElement value, string expected) => new($"{file}: {key} is {Found(value)}; expected {expected}.");

    // As it stands in the file, cut where it is long.
    private static string Found(JsonElement value)
    {
        const int Longest = 60;
        string text = value.GetRawText();
        return text.Length <= Longest ? text : string.Concat(text.AsSpan(0, Longest), "...");
    }
}
