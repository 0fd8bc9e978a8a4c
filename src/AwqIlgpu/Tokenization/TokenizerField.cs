using System.Text.Json;

namespace AwqIlgpu.Tokenization;

/// <summary>One value of tokenizer.json with its path, so that every complaint says where the value stands.</summary>
internal readonly struct TokenizerField(JsonElement element, string path)
{
    public JsonElement Element { get; } = element;

    /// <summary>Names and indices from the root, as in <c>pre_tokenizer.pretokenizers[0].pattern</c>.</summary>
    public string Path { get; } = path;

    /// <summary>The member <paramref name="name"/>, or null where it is missing or JSON's null.</summary>
    public TokenizerField? Optional(string name)
    {
        if (Element.ValueKind != JsonValueKind.Object)
        {
            throw Unexpected("an object");
        }

        return Element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? new TokenizerField(value, Path.Length == 0 ? name : $"{Path}.{name}")
            : null;
    }

    public TokenizerField Required(string name) =>
        Optional(name) ?? throw new InvalidDataException($"{Tokenizer.FileName}: {(Path.Length == 0 ? name : $"{Path}.{name}")} is missing.");

    public string RequiredText(string name) => Required(name).Text();

    public string OptionalText(string name, string fallback) => Optional(name)?.Text() ?? fallback;

    public bool OptionalFlag(string name, bool fallback) => Optional(name)?.Flag() ?? fallback;

    public string Text() => Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Unexpected("a string");

    public bool Flag() => Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Unexpected("true or false"),
    };

    /// <summary>A count or an id: from 0 to the largest int.</summary>
    public int Number() =>
        Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out int value) && value >= 0 ? value : throw Unexpected("an integer from 0 to 2147483647");

    /// <summary>The elements of an array.</summary>
    public IEnumerable<TokenizerField> Items()
    {
        if (Element.ValueKind != JsonValueKind.Array)
        {
            throw Unexpected("an array");
        }

        return ItemsOfArray(Element, Path);
    }

    /// <summary>What to throw where the value is none of <paramref name="supported"/>.</summary>
    public NotSupportedException NotSupported(string found, string supported) =>
        new($"{Tokenizer.FileName}: {Path} \"{found}\" is not supported. Supported: {supported}.");

    public InvalidDataException Invalid(string complaint) => new($"{Tokenizer.FileName}: {Path} {complaint}");

    private static IEnumerable<TokenizerField> ItemsOfArray(JsonElement array, string path)
    {
        int index = 0;
        foreach (var item in array.EnumerateArray())
        {
            yield return new TokenizerField(item, $"{path}[{index++}]");
        }
    }

    private InvalidDataException Unexpected(string expected)
    {
        string found = Element.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? Element.ValueKind.ToString().ToLowerInvariant() : Element.GetRawText();
        return Invalid($"is {(found.Length > 40 ? found[..40] + "..." : found)}; expected {expected}.");
    }
}
