using System.Text.Json;

namespace AwqIlgpu.Cli;

/// <summary>Files with one JSON object on each line.</summary>
internal static class JsonLines
{
    /// <summary>The lines that are not blank, each with its place for messages.</summary>
    public static IEnumerable<(string Where, string Line)> Read(string file) =>
        File.ReadLines(file).Select((line, index) => ($"{file}, line {index + 1}", line)).Where(entry => !string.IsNullOrWhiteSpace(entry.line));

    /// <summary>The object on a line.</summary>
    /// <exception cref="InvalidDataException">The line is no JSON object.</exception>
    public static JsonElement Parse(string where, string line)
    {
        try
        {
            var element = JsonElement.Parse(line);
            return element.ValueKind == JsonValueKind.Object ? element : throw new InvalidDataException($"{where} is {element.ValueKind}; expected a JSON object.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{where}: {e.Message} Expected a JSON object.", e);
        }
    }

    /// <summary>The text of a property.</summary>
    /// <exception cref="InvalidDataException">It is missing, or no text.</exception>
    public static string Text(JsonElement line, string name, string where)
    {
        try
        {
            return line.TryGetProperty(name, out var value) && value.GetString() is { } text ? text : throw Expected(where, name, "a string");
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException(Expected(where, name, "a string of valid Unicode").Message, e);
        }
    }

    /// <summary>The token ids of a property.</summary>
    /// <exception cref="InvalidDataException">They are missing, or no list of integers.</exception>
    public static int[] TokenIds(JsonElement line, string name, string where)
    {
        if (!line.TryGetProperty(name, out var list) || list.ValueKind != JsonValueKind.Array)
        {
            throw Expected(where, name, "a list of integers");
        }

        return [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int id) ? id : throw Expected(where, name, "a list of integers"))];
    }

    private static InvalidDataException Expected(string where, string name, string expected) => new($"{where}: \"{name}\" must be {expected}.");
}
