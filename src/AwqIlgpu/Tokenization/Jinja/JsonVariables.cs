using System.Numerics;
using System.Text.Json;

namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>JSON as a template's values.</summary>
internal static class JsonVariables
{
    public static object? Value(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => Mapping(json),
        JsonValueKind.Array => Sequence.List([.. json.EnumerateArray().Select(Value)]),
        JsonValueKind.String => Text(json),
        JsonValueKind.Number => Number(json),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private static Mapping Mapping(JsonElement json)
    {
        var mapping = new Mapping();
        foreach (var property in json.EnumerateObject())
        {
            mapping[property.Name] = Value(property.Value);
        }

        return mapping;
    }

    private static string Text(JsonElement json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException("A JSON string holds half of a surrogate pair (\\uD800 to \\uDFFF alone), which is no text.", e);
        }
    }

    private static object Number(JsonElement json) => json.TryGetInt64(out long integer) ? (object)integer
        : json.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') < 0 && BigInteger.TryParse(json.GetRawText(), out var large) ? large
        : json.GetDouble();
}
