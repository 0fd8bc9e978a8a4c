using System.Text.Json;

namespace AwqIlgpu.Tokenization;

/// <summary>What chat templates need of <c>tokenizer_config.json</c>.</summary>
internal sealed class TokenizerSettings
{
    public const string DefaultTemplate = "default";

    /// <summary>Preferred where tools are given.</summary>
    public const string ToolTemplate = "tool_use";

    private static readonly string[] s_tokenNames = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private TokenizerSettings(string path) => Path = path;

    public string Path { get; }

    /// <summary>Chat templates by name; one without a name is <see cref="DefaultTemplate"/>.</summary>
    public Dictionary<string, string> Templates { get; } = [];

    /// <summary>The template variables that the special tokens are.</summary>
    public Dictionary<string, object?> SpecialTokens { get; } = [];

    /// <summary>Reads the file of a model's folder; without one, settings are empty.</summary>
    public static TokenizerSettings Load(string folder)
    {
        var settings = new TokenizerSettings(System.IO.Path.Combine(folder, "tokenizer_config.json"));
        if (!File.Exists(settings.Path))
        {
            return settings;
        }

        try
        {
            using var stream = File.OpenRead(settings.Path);
            using var document = JsonDocument.Parse(stream);
            settings.Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{settings.Path} is not a valid tokenizer_config.json: {e.Message}", e);
        }

        return settings;
    }

    private void Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"{Path} is {root.ValueKind}; expected an object.");
        }

        foreach (string name in s_tokenNames)
        {
            AddToken(name, root);
        }

        if (root.TryGetProperty("additional_special_tokens", out var additional) && additional.ValueKind == JsonValueKind.Array)
        {
            SpecialTokens["additional_special_tokens"] = Jinja.Sequence.List([.. additional.EnumerateArray().Select(Token)]);
        }

        if (root.TryGetProperty("extra_special_tokens", out var extra) && extra.ValueKind == JsonValueKind.Object)
        {
            foreach (var token in extra.EnumerateObject())
            {
                AddToken(token.Name, extra);
            }
        }

        if (root.TryGetProperty("chat_template", out var template))
        {
            ReadTemplates(template);
        }
    }

    private void AddToken(string name, JsonElement owner)
    {
        if (owner.TryGetProperty(name, out var value) && Token(value) is { } token)
        {
            SpecialTokens[name] = token;
        }
    }

    /// <summary>A token is its text, or an object with the text as <c>content</c>.</summary>
    private static string? Token(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Object when value.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String => content.GetString(),
        _ => null,
    };

    private void ReadTemplates(JsonElement template)
    {
        switch (template.ValueKind)
        {
            case JsonValueKind.Null:
                break;
            case JsonValueKind.String:
                Templates[DefaultTemplate] = template.GetString()!;
                break;
            case JsonValueKind.Array:
                foreach (var entry in template.EnumerateArray())
                {
                    string? source = entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("template", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
                    string? name = source is not null && entry.TryGetProperty("name", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString() : null;
                    Templates[name ?? throw Invalid("an entry without name and template")] = source!;
                }

                break;
            default:
                throw Invalid($"{template.ValueKind}");
        }
    }

    private InvalidDataException Invalid(string found) => new($"{Path}: chat_template is {found}; expected a string, or a list of objects with \"name\" and \"template\".");
}
