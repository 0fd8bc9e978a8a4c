using System.Text.Json;

namespace AwqIlgpu.Tests.Models;

/// <summary>One folder of model goldens: a checkpoint, the logits that transformers gives for three prompts, greedy continuations.</summary>
public sealed class GoldenModel(string folder)
{
    private readonly GoldenFile _tensors = new(Path.Combine(folder, "golden.safetensors"));

    /// <summary>Names of the models that are in the repository.</summary>
    public static IEnumerable<string> Travelling => Names(TestData.Golden("models"));

    /// <summary>Names of all models, where the shared folder is there.</summary>
    public static IEnumerable<string> Shared => Names(TestData.Shared("goldens", "models"));

    /// <summary>A model by name, from the repository if it is there.</summary>
    public static GoldenModel Find(string name) =>
        new(Travelling.Contains(name) ? TestData.Golden("models", name) : TestData.Shared("goldens", "models", name));

    public string Folder(string part) => Path.Combine(folder, part);

    public bool Has(string part) => Directory.Exists(Folder(part));

    public int[] Prompt(int index) => _tensors.Ints($"input_ids.{index}");

    /// <summary>The golden's rows of logits, each with its position in the prompt.</summary>
    public IEnumerable<(int Position, double[] Logits)> Logits(string kind, int index)
    {
        double[] all = _tensors.Doubles($"{kind}.{index}");
        int[] positions = _tensors.Ints($"positions.{index}");
        int vocabulary = all.Length / positions.Length;
        return positions.Select((position, row) => (position, all[(row * vocabulary)..((row + 1) * vocabulary)]));
    }

    /// <summary>Greedy continuations: prompt, tokens, and the smallest distance between the two best logits.</summary>
    public IEnumerable<(int[] Prompt, int[] Tokens, double SmallestMargin)> Greedy()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "golden.json")));
        return [.. document.RootElement.GetProperty("greedy").EnumerateArray().Select(g => (
            Ints(g.GetProperty("prompt_ids")),
            Ints(g.GetProperty("new_tokens")),
            g.GetProperty("margin").EnumerateArray().Min(m => m.GetDouble())))];
    }

    private static IEnumerable<string> Names(string root) => Directory.Exists(root)
        ? Directory.GetDirectories(root).Select(f => Path.GetFileName(f)).Order()
        : [];

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(v => v.GetInt32())];
}
