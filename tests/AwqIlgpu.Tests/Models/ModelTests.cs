namespace AwqIlgpu.Tests.Models;

/// <summary>Whole models on one device against transformers: checkpoint, layers, attention, cache and head together. Each device has a class of its own.</summary>
/// <param name="device">The device's id.</param>
/// <param name="isQuick">Whether to leave it at a short prompt and a few tokens, as a simulator must.</param>
public abstract class ModelTests(string device, bool isQuick = false)
{
    // Float arithmetic in another order moves logits of standard deviation 3 by less than this.
    private const double ExactBudget = 2e-3;

    // Eight-bit activations in models of random weights: relative error of a row of logits; the largest seen is 0.121.
    private const double FastBudget = 0.15;

    // Rows in which eight bits flip no expert; in the others another expert's weights make another result.
    private const double RowsWithSameExperts = 0.75;

    // The longest prompt has 97 tokens, more than one of the models was made for.
    private const int Context = 128;

    private const int ShortPrompt = 1;
    private const int FewTokens = 4;

    /// <summary>Models that are in the repository.</summary>
    public static TheoryData<string> Travelling => [.. GoldenModel.Travelling];

    /// <summary>Models that are only beside it.</summary>
    public static TheoryData<string> SharedModels => [.. GoldenModel.Shared.Except(GoldenModel.Travelling)];

    /// <summary>All models that are here.</summary>
    public static TheoryData<string> AllModels => [.. GoldenModel.Travelling.Union(GoldenModel.Shared)];

    /// <summary>Models, one of them with experts, and how many prompt tokens go in one step: one, an odd number, more than the shortest prompt, all.</summary>
    public static TheoryData<string, int> RaggedBatches => new()
    {
        { "llama", 1 },
        { "llama", 7 },
        { "llama", 64 },
        { "llama", Context },
        { "mixtral", 7 },
        { "mixtral", Context },
    };

    /// <summary>Logits and greedy tokens, with the quantised weights and, where there is time, the float ones.</summary>
    protected async Task EqualsTransformers(string name)
    {
        var golden = GoldenModel.Find(name);
        foreach (var (part, kind) in new[] { ("awq", "logits_unrounded"), ("fp16", "logits_fp16src") }.Where(part => golden.Has(part.Item1) && !(isQuick && part.Item1 == "fp16")))
        {
            using var model = Open(golden, part, device, new LanguageModelOptions { Precision = Precision.Exact });
            await CompareLogits(part, model, golden, kind, (what, expected, actual) => Close.Budget(what, ExactBudget, expected, actual));
            if (part == "awq")
            {
                await CompareGreedy(model, golden);
            }
        }
    }

    /// <summary>Logits where activations are rounded, as the device does in fast precision.</summary>
    protected async Task FastStaysWithinBudget(string name)
    {
        var golden = GoldenModel.Find(name);
        using var model = Open(golden, "awq", device, new LanguageModelOptions { Precision = Precision.Fast });
        if (name is not ("mixtral" or "deepseek_v3"))
        {
            await CompareLogits(name, model, golden, "logits_unrounded", (what, expected, actual) => Close.RelativeRms(what, FastBudget, expected, actual));
            return;
        }

        var errors = new List<double>();
        await CompareLogits(name, model, golden, "logits_unrounded", (what, expected, actual) => errors.Add(Close.RelativeError(what, expected, actual)));
        int within = errors.Count(e => e <= FastBudget);
        Assert.True(within >= RowsWithSameExperts * errors.Count, $"{name}: {within} of {errors.Count} rows are within {FastBudget}; errors {string.Join(", ", errors.Order().Select(e => e.ToString("0.###")))}");
    }

    /// <summary>Prompts of three lengths together, some in several pieces.</summary>
    protected async Task RaggedBatchEqualsCpu(string name, int chunk)
    {
        var golden = GoldenModel.Find(name);
        int[][] prompts = [golden.Prompt(0), [.. golden.Prompt(1).Take(3)], [.. golden.Prompt(2).Take(20)]];
        GenerationRequest[] requests = [.. prompts.Select(prompt => new GenerationRequest(prompt, Greedy(FewTokens)))];
        using var cpu = Open(golden, "awq", "cpu", new LanguageModelOptions { Precision = Precision.Exact });
        using var other = Open(golden, "awq", device, new LanguageModelOptions { Precision = Precision.Exact, Batch = 3, Chunk = chunk });
        var expected = await cpu.GenerateBatchAsync(requests);
        var actual = await other.GenerateBatchAsync(requests);
        Assert.Equal(expected.Select(result => result.TokenIds), actual.Select(result => result.TokenIds));
    }

    private static GenerationOptions Greedy(int tokens) => new() { MaxTokens = tokens, IgnoreEos = true, Sampling = new SamplingOptions { Temperature = 0 } };

    private static LanguageModel Open(GoldenModel golden, string part, string device, LanguageModelOptions options) =>
        LanguageModel.Open(golden.Folder(part), options with { Device = device, Threads = 2, Context = Context });

    /// <summary>Compares the rows of logits that the golden has.</summary>
    private async Task CompareLogits(string what, LanguageModel model, GoldenModel golden, string kind, Action<string, double[], float[]> compare)
    {
        foreach (int i in isQuick ? [ShortPrompt] : new[] { 0, 1, 2 })
        {
            var rows = new Dictionary<int, float[]>();
            await model.LogitsAsync(golden.Prompt(i), (position, logits) => rows[position] = logits.ToArray());
            foreach (var (position, expected) in golden.Logits(kind, i))
            {
                compare($"{what}, prompt {i}, position {position}", expected, rows[position]);
            }
        }
    }

    private async Task CompareGreedy(LanguageModel model, GoldenModel golden)
    {
        var answers = golden.Greedy();
        foreach (var (prompt, tokens, margin) in isQuick ? [answers.MinBy(answer => answer.Prompt.Length)] : answers)
        {
            Assert.True(margin > 2 * ExactBudget, $"the golden's margin of {margin} decides nothing");
            int count = isQuick ? FewTokens : tokens.Length;
            var result = Assert.Single(await model.GenerateBatchAsync([new GenerationRequest(prompt, Greedy(count))]));
            Assert.Equal(tokens.Take(count), result.TokenIds);
        }
    }
}
