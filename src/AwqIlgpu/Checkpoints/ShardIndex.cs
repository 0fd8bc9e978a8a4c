using System.Text.Json;

namespace AwqIlgpu.Checkpoints;

/// <summary>Reads <c>model.safetensors.index.json</c>: which shard holds which tensor.</summary>
internal static class ShardIndex
{
    public const string FileName = "model.safetensors.index.json";

    private const long MaxBytes = 100_000_000;

    /// <summary>Opens the shards that the index names and checks that they hold what it says.</summary>
    /// <param name="folder">The folder with the index; every shard lies directly in it.</param>
    /// <exception cref="InvalidDataException">The index is broken, names a place outside the folder, or disagrees with the shards; or a tensor is in two shards.</exception>
    public static List<SafetensorsFile> Open(string folder)
    {
        var root = JsonFile.ReadObject(Path.Combine(folder, FileName), MaxBytes);
        if (!root.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"{FileName}: weight_map is missing or no object; expected a map from tensor to file.");
        }

        List<SafetensorsFile> shards = [];
        try
        {
            Dictionary<string, SafetensorsFile> byName = [];
            foreach (var entry in map.EnumerateObject())
            {
                string shard = ShardName(entry);
                if (!byName.ContainsKey(shard))
                {
                    string path = Path.Combine(folder, shard);
                    if (!File.Exists(path))
                    {
                        throw new InvalidDataException($"{FileName}: {Message.Short(shard)}, the file of tensor {Message.Short(entry.Name)}, is missing.");
                    }

                    var file = SafetensorsFile.Open(path);
                    shards.Add(file);
                    byName.Add(shard, file);
                }
            }

            CheckDoubled(shards);
            CheckEntries(map, byName);
            return shards;
        }
        catch
        {
            shards.ForEach(s => s.Dispose());
            throw;
        }
    }

    private static string ShardName(JsonProperty entry)
    {
        string? name = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null;

        // A downloaded index must not make us open files elsewhere; both separators are refused on every system.
        bool plain = !string.IsNullOrEmpty(name) && name is not ("." or "..") && name.AsSpan().IndexOfAny("/\\:\0") < 0;
        return plain ? name! : throw new InvalidDataException(
            $"{FileName}: tensor {Message.Short(entry.Name)} is in {Message.Short(entry.Value.GetRawText())}; expected the plain name of a file beside the index.");
    }

    private static void CheckDoubled(List<SafetensorsFile> shards)
    {
        Dictionary<string, string> seen = [];
        foreach (var shard in shards)
        {
            foreach (string name in shard.Tensors.Keys)
            {
                if (!seen.TryAdd(name, shard.Path))
                {
                    throw new InvalidDataException($"Tensor {Message.Short(name)} is in two shards: {Path.GetFileName(seen[name])} and {Path.GetFileName(shard.Path)}.");
                }
            }
        }
    }

    private static void CheckEntries(JsonElement map, Dictionary<string, SafetensorsFile> byName)
    {
        HashSet<string> mapped = [];
        foreach (var entry in map.EnumerateObject())
        {
            string shard = entry.Value.GetString()!;
            if (!byName[shard].Tensors.ContainsKey(entry.Name))
            {
                string? other = byName.FirstOrDefault(s => s.Value.Tensors.ContainsKey(entry.Name)).Key;
                throw new InvalidDataException($"{FileName}: tensor {Message.Short(entry.Name)} is said to be in {Message.Short(shard)}, but is {(other is null ? "in no shard" : "in " + Message.Short(other))}.");
            }

            mapped.Add(entry.Name);
        }

        foreach (var (shard, file) in byName)
        {
            string? unlisted = file.Tensors.Keys.FirstOrDefault(name => !mapped.Contains(name));
            if (unlisted is not null)
            {
                throw new InvalidDataException($"{FileName}: tensor {Message.Short(unlisted)} of {Message.Short(shard)} is not listed.");
            }
        }
    }
}
