using System.Text.Json;

namespace AwqIlgpu.Cli.Tests;

/// <summary>Greedy answers of the demo model from another program.</summary>
internal sealed record DemoGolden(string Prompt, int[] PromptIds, int[] NewTokens, string Text)
{
    public static IReadOnlyList<DemoGolden> All { get; } = Read();

    /// <summary>A story of 118 tokens.</summary>
    public static DemoGolden Story => All[0];

    /// <summary>An answer of 17 tokens.</summary>
    public static DemoGolden Hello => All.Single(golden => golden.Prompt == "Hello!");

    private static List<DemoGolden> Read()
    {
        var root = JsonElement.Parse(File.ReadAllText(TestData.Golden("demo", "greedy.json")));
        return [.. root.GetProperty("greedy").EnumerateArray().Select(golden => new DemoGolden(
            golden.GetProperty("prompt").GetString()!,
            Awq.Ints(golden.GetProperty("prompt_ids")),
            Awq.Ints(golden.GetProperty("new_tokens")),
            golden.GetProperty("text").GetString()!))];
    }
}
