using System.Text.Json;
using System.Text.Unicode;

namespace AwqIlgpu.Checkpoints;

/// <summary>Parses and checks the JSON header of a safetensors file.</summary>
/// <remarks>Source: the format's description and its reference reader, github.com/huggingface/safetensors.</remarks>
internal static class SafetensorsHeader
{
    /// <summary>The reference reader's limit for the header.</summary>
    public const int MaxBytes = 100_000_000;

    // As many as PyTorch allows; a longer shape is an attack or an accident.
    private const int MaxDimensions = 64;

    // {"name": {"shape": [..]}} needs three; metadata needs two.
    private const int MaxDepth = 8;

    /// <summary>Reads the tensors that a header lists.</summary>
    /// <param name="json">The header's bytes.</param>
    /// <param name="path">The file, for messages and for <see cref="TensorInfo.Path"/>.</param>
    /// <param name="dataStart">Where the data begins in the file.</param>
    /// <param name="dataBytes">Bytes of data; the tensors must fill them without hole or overlap.</param>
    /// <exception cref="InvalidDataException">The header breaks a rule of the format.</exception>
    /// <exception cref="NotSupportedException">A tensor's dtype is not read here.</exception>
    public static Dictionary<string, TensorInfo> Parse(ReadOnlySpan<byte> json, string path, long dataStart, long dataBytes)
    {
        string file = Path.GetFileName(path);
        if (!Utf8.IsValid(json))
        {
            throw new InvalidDataException($"{file}: the header is not valid UTF-8.");
        }

        Dictionary<string, TensorInfo> tensors = [];
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw new InvalidDataException($"{file}: the header is {reader.TokenType}; expected a JSON object.");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                reader.Read();
                if (name == "__metadata__")
                {
                    CheckMetadata(ref reader, file);
                }
                else if (!tensors.TryAdd(name, ReadEntry(ref reader, name, path, file, dataStart)))
                {
                    throw new InvalidDataException($"{file}: tensor {Message.Short(name)} is listed twice.");
                }
            }

            // Only white space may follow; anything else makes Read throw.
            reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{file}: the header is not valid JSON: {Message.Short(e.Message)}", e);
        }

        CheckLayout(tensors.Values, file, dataStart, dataBytes);
        return tensors;
    }

    private static void CheckMetadata(ref Utf8JsonReader reader, string file)
    {
        // Values are free text; AutoAWQ leaves lm_head.weight -> model.embed_tokens.weight here where the two are tied.
        bool isMap = reader.TokenType == JsonTokenType.StartObject;
        while (isMap && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            reader.Read();
            isMap = reader.TokenType == JsonTokenType.String;
        }

        if (!isMap)
        {
            throw new InvalidDataException($"{file}: __metadata__ of the header is not a map from text to text.");
        }
    }

    private static TensorInfo ReadEntry(ref Utf8JsonReader reader, string name, string path, string file, long dataStart)
    {
        string where = $"{file}: tensor {Message.Short(name)}";
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new InvalidDataException($"{where} is {reader.TokenType} in the header; expected an object with dtype, shape and data_offsets.");
        }

        string? dtype = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            switch (key)
            {
                case "dtype" when dtype is null && reader.TokenType == JsonTokenType.String:
                    dtype = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, where, key, MaxDimensions);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, where, key, 2);
                    break;
                case "dtype" or "shape" or "data_offsets":
                    throw new InvalidDataException($"{where}: {key} is listed twice or has the wrong kind ({reader.TokenType}).");
                default:
                    reader.Skip();
                    break;
            }
        }

        if (dtype is null || shape is null || offsets is not { Count: 2 })
        {
            throw new InvalidDataException($"{where} lacks dtype, shape or two data_offsets in the header.");
        }

        var type = TensorTypes.FromDtype(dtype) ?? throw new NotSupportedException($"{where} has dtype {Message.Short(dtype)}, which is not supported.");
        long bytes = type.Size();
        foreach (long dimension in shape)
        {
            if (dimension > 0 && bytes > long.MaxValue / dimension)
            {
                throw new InvalidDataException($"{where}: shape {TensorInfo.ShapeText(shape.ToArray())} of {dtype} has more bytes than 2^63.");
            }

            bytes *= dimension;
        }

        long length = offsets[1] - offsets[0];
        if (length != bytes)
        {
            throw new InvalidDataException($"{where}: shape {TensorInfo.ShapeText(shape.ToArray())} of {dtype} takes {bytes} bytes, but data_offsets [{offsets[0]}, {offsets[1]}] span {length}.");
        }

        // A sum that overflows is negative, and CheckLayout refuses it.
        return new TensorInfo(name, type, [.. shape], path, unchecked(dataStart + offsets[0]), bytes);
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader reader, string where, string key, int limit)
    {
        List<long> numbers = [];
        bool valid = reader.TokenType == JsonTokenType.StartArray;
        while (valid && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            valid = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number) && number >= 0;
            if (valid)
            {
                numbers.Add(reader.GetInt64());
                valid = numbers.Count <= limit;
            }
        }

        return valid ? numbers : throw new InvalidDataException($"{where}: {key} is not a list of at most {limit} integers from 0 to 2^63 - 1.");
    }

    private static void CheckLayout(IEnumerable<TensorInfo> tensors, string file, long dataStart, long dataBytes)
    {
        long end = dataStart;
        foreach (var tensor in tensors.OrderBy(t => t.Offset).ThenBy(t => t.ByteCount))
        {
            string where = $"{file}: tensor {Message.Short(tensor.Name)}";
            if (tensor.Offset != end)
            {
                throw new InvalidDataException($"{where} begins at byte {tensor.Offset - dataStart} of the data; expected {end - dataStart}, the end of the tensor before it (no hole, no overlap).");
            }

            if (tensor.ByteCount > dataStart + dataBytes - end)
            {
                throw new InvalidDataException($"{where} ends beyond the file: {tensor.ByteCount} bytes from byte {end - dataStart} of the data, which has {dataBytes}. The file may be cut off.");
            }

            end += tensor.ByteCount;
        }

        if (end != dataStart + dataBytes)
        {
            throw new InvalidDataException($"{file}: the tensors end at byte {end - dataStart} of the data, but the file holds {dataBytes}.");
        }
    }
}
