using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace AwqIlgpu.Tests.Tokenization;

/// <summary>The tokenizer goldens: one folder per tokenizer, as tests/Golden/README.md describes them.</summary>
internal static class TokenizerGoldens
{
    private static readonly ConcurrentDictionary<string, Lazy<Tokenizer>> s_tokenizers = new();

    /// <summary>The tokenizer of a folder; read once, since some take a second.</summary>
    public static Tokenizer Tokenizer(string folder) => s_tokenizers.GetOrAdd(folder, path => new Lazy<Tokenizer>(() => Read(path))).Value;

    public static JsonElement Json(string folder, string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, file)));
        return document.RootElement.Clone();
    }

    public static int[] Ids(this JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static Tokenizer Read(string folder)
    {
        string packed = Path.Combine(folder, "tokenizer.json.gz");
        if (!File.Exists(packed))
        {
            return AwqIlgpu.Tokenizer.Load(folder);
        }

        using var stream = new GZipStream(File.OpenRead(packed), CompressionMode.Decompress);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return AwqIlgpu.Tokenizer.Parse(content.ToArray());
    }

    /// <summary>A tokenizer of the file's skeleton with some of its fields given.</summary>
    public static Tokenizer Parse(string vocabulary, string merges, string normalizer = "null", string preTokenizer = "null", string decoder = "null", string modelFields = "", string addedTokens = "[]", string postProcessor = "null") =>
        AwqIlgpu.Tokenizer.Parse(Encoding.UTF8.GetBytes(
            $$"""
            {"added_tokens": {{addedTokens}}, "normalizer": {{normalizer}}, "pre_tokenizer": {{preTokenizer}}, "post_processor": {{postProcessor}}, "decoder": {{decoder}},
             "model": {"type": "BPE", {{modelFields}} "vocab": {{vocabulary}}, "merges": {{merges}} } }
            """));
}
