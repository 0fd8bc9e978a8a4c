using System.Text.Encodings.Web;
using System.Text.Json;
using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Quantization;

/// <summary>Makes a checkpoint's folder of parts: files of tensors, one for each piece of work that was finished.</summary>
internal static class CheckpointFolder
{
    /// <summary>Most bytes of a file of the result, as Hugging Face writes them.</summary>
    public const long MaxShardBytes = 5_000_000_000;

    private const int CopyBytes = 4 << 20;
    private static readonly string[] s_copiedEndings = [".json", ".txt", ".model", ".jinja", ".tiktoken", ".py"];

    /// <summary>Writes a file of tensors; it is there whole or not at all.</summary>
    public static void WritePart(string path, IReadOnlyList<Packing.PackedTensor> tensors)
    {
        using var writer = new SafetensorsWriter(path, tensors.Select(t => new TensorSpec(t.Name, t.Type, t.Shape)));
        foreach (var tensor in tensors)
        {
            writer.Append(tensor.Name, tensor.Data);
        }

        writer.Complete();
    }

    /// <summary>Writes the tensors of all parts to files of bounded size, with an index where there are several.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="parts">The parts; no two hold a tensor of the same name.</param>
    /// <param name="maxShardBytes">Most bytes of tensors in a file, unless one alone has more.</param>
    /// <returns>Bytes and number of the tensors.</returns>
    public static (long Bytes, int Tensors) WriteShards(string folder, IEnumerable<string> parts, long maxShardBytes = MaxShardBytes)
    {
        List<TensorInfo> tensors = [];
        foreach (string part in parts)
        {
            using var file = SafetensorsFile.Open(part);
            tensors.AddRange(file.Tensors.Values);
        }

        List<List<TensorInfo>> shards = [[]];
        long inShard = 0;
        foreach (var tensor in tensors)
        {
            if (inShard > 0 && inShard + tensor.ByteCount > maxShardBytes)
            {
                shards.Add([]);
                inShard = 0;
            }

            shards[^1].Add(tensor);
            inShard += tensor.ByteCount;
        }

        string[] names = [.. shards.Select((_, i) => shards.Count == 1 ? "model.safetensors" : $"model-{i + 1:00000}-of-{shards.Count:00000}.safetensors")];
        for (int i = 0; i < shards.Count; i++)
        {
            CopyTensors(Path.Combine(folder, names[i]), shards[i]);
        }

        long bytes = tensors.Sum(t => t.ByteCount);
        if (shards.Count > 1)
        {
            WriteIndex(folder, bytes, shards.SelectMany((shard, i) => shard.Select(t => (t.Name, File: names[i]))));
        }

        return (bytes, tensors.Count);
    }

    /// <summary>Writes config.json: the source's, in fp16, with another <c>quantization_config</c>.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="source">The source's config.json.</param>
    /// <param name="format">The layout; null for an unquantised folder.</param>
    public static void WriteConfig(string folder, JsonElement source, QuantizedFormat? format) => WriteJson(Path.Combine(folder, "config.json"), json =>
    {
        bool typed = false;
        foreach (var property in source.EnumerateObject())
        {
            if (property.Name is "torch_dtype" or "dtype")
            {
                json.WriteString(property.Name, "float16");
                typed = true;
            }
            else if (property.Name is not ("quantization_config" or "compression_config"))
            {
                property.WriteTo(json);
            }
        }

        if (!typed)
        {
            json.WriteString("torch_dtype", "float16");
        }

        if (format is not null)
        {
            json.WritePropertyName("quantization_config");
            format.WriteConfig(json);
        }
    });

    /// <summary>Copies what lies beside the weights: tokenizer, chat template, generation settings, code.</summary>
    public static void CopyOtherFiles(string source, string folder)
    {
        foreach (string path in Directory.EnumerateFiles(source))
        {
            string name = Path.GetFileName(path);
            bool described = name is "config.json" or "quant_config.json" || name.EndsWith(".index.json", StringComparison.Ordinal);
            if (!described && (s_copiedEndings.Contains(Path.GetExtension(name)) || name.StartsWith("LICENSE", StringComparison.Ordinal)))
            {
                // Not File.Copy, which would hand on a read-only flag.
                File.WriteAllBytes(Path.Combine(folder, name), File.ReadAllBytes(path));
            }
        }
    }

    /// <summary>Writes a JSON object to a file that is there whole or not at all.</summary>
    public static void WriteJson(string path, Action<Utf8JsonWriter> properties)
    {
        string temporary = path + ".tmp";
        using (var stream = new FileStream(temporary, FileMode.Create))
        {
            using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            {
                json.WriteStartObject();
                properties(json);
                json.WriteEndObject();
            }

            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    // One part is open at a time: a model of many experts has more of them than a process may have open.
    private static void CopyTensors(string path, List<TensorInfo> tensors)
    {
        using var writer = new SafetensorsWriter(path, tensors.Select(t => new TensorSpec(t.Name, t.Type, t.Shape)));
        var buffer = new byte[CopyBytes];
        foreach (var part in tensors.GroupBy(t => t.Path))
        {
            using var file = SafetensorsFile.Open(part.Key);
            foreach (var tensor in part)
            {
                for (long done = 0; done < tensor.ByteCount; done += buffer.Length)
                {
                    var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, tensor.ByteCount - done));
                    file.Read(tensor.Offset + done, piece);
                    writer.Append(tensor.Name, piece);
                }
            }
        }

        writer.Complete();
    }

    private static void WriteIndex(string folder, long bytes, IEnumerable<(string Name, string File)> tensors) => WriteJson(Path.Combine(folder, ShardIndex.FileName), json =>
    {
        json.WriteStartObject("metadata");
        json.WriteNumber("total_size", bytes);
        json.WriteEndObject();
        json.WriteStartObject("weight_map");
        foreach (var (name, file) in tensors.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            json.WriteString(name, file);
        }

        json.WriteEndObject();
    });
}
