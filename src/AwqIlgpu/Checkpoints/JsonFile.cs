using System.Text.Json;

namespace AwqIlgpu.Checkpoints;

/// <summary>Reads a whole JSON file of bounded size.</summary>
internal static class JsonFile
{
    /// <summary>Parses a file whose root is an object.</summary>
    /// <param name="path">The file; messages carry its name without the folder.</param>
    /// <param name="maxBytes">A larger file is refused before it is read.</param>
    /// <exception cref="InvalidDataException">The file is too large, is not JSON, names a key twice in one object or has another root.</exception>
    public static JsonElement ReadObject(string path, long maxBytes)
    {
        string file = Path.GetFileName(path);
        long length = new FileInfo(path).Length;
        if (length > maxBytes)
        {
            throw new InvalidDataException($"{file} has {length} bytes; at most {maxBytes} are read.");
        }

        return ParseObject(File.ReadAllBytes(path), file);
    }

    /// <summary>Parses JSON whose root is an object.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="file">Where it is from, for messages.</param>
    /// <exception cref="InvalidDataException">It is not JSON, names a key twice in one object or has another root.</exception>
    public static JsonElement ParseObject(byte[] json, string file)
    {
        try
        {
            CheckText(json);

            // A key that is there twice has no one meaning: readers differ in which they take.
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new InvalidDataException($"{file}: the root is {document.RootElement.ValueKind}; expected an object.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{file}: not valid JSON: {Message.Short(e.Message)}", e);
        }
    }

    // An escaped half of a surrogate pair is valid JSON but no text; GetString throws for it, here rather than at some later use.
    private static void CheckText(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
            {
                reader.GetString();
            }
        }
    }
}
