namespace AwqIlgpu.Tests.Models;

/// <summary>Whole models against the logits of transformers: checkpoint, layers, attention, cache and head together.</summary>
public sealed class GoldenModelTests
{
    // Float arithmetic in another order moves logits of standard deviation 3 by less than this.
    private const double ExactBudget = 2e-3;

    // Eight-bit activations in models of random weights: relative error of a row of logits; the largest seen is 0.121.
    private const double FastBudget = 0.15;

    // Rows in which eight bits flip no expert; in the others another expert's weights make another result.
    private const double RowsWithSameExperts = 0.75;

    // The longest prompt has 97 tokens, more than one of the models was made for.
    private const int Context = 128;

    public static TheoryData<string> Travelling => [.. Folders(TestData.Golden("models"))];

    public static TheoryData<string> SharedModels => [.. Folders(TestData.Shared("goldens", "models")).Except(Folders(TestData.Golden("models")))];

    [Theory]
    [MemberData(nameof(Travelling))]
    public Task Logits_TravellingModels_EqualTransformers(string name) => LogitsEqual(new GoldenModel(TestData.Golden("models", name)));

    [SharedTheory]
    [MemberData(nameof(SharedModels))]
    public Task Logits_SharedModels_EqualTransformers(string name) => LogitsEqual(new GoldenModel(TestData.Shared("goldens", "models", name)));

    [Theory]
    [MemberData(nameof(Travelling))]
    public Task Greedy_TravellingModels_EqualsTransformers(string name) => GreedyEquals(new GoldenModel(TestData.Golden("models", name)));

    [SharedTheory]
    [MemberData(nameof(SharedModels))]
    public Task Greedy_SharedModels_EqualsTransformers(string name) => GreedyEquals(new GoldenModel(TestData.Shared("goldens", "models", name)));

    [Theory]
    [MemberData(nameof(Travelling))]
    public async Task Logits_Fast_StayWithinBudget(string name)
    {
        var golden = new GoldenModel(TestData.Golden("models", name));
        using var model = LanguageModel.Open(golden.Folder("awq"), new LanguageModelOptions { Threads = 2, Context = Context });
        if (name is not ("mixtral" or "deepseek_v3"))
        {
            await Compare(name, model, golden, "logits_unrounded", (what, expected, actual) => Close.RelativeRms(what, FastBudget, expected, actual));
            return;
        }

        var errors = new List<double>();
        await Compare(name, model, golden, "logits_unrounded", (what, expected, actual) => errors.Add(Close.RelativeError(what, expected, actual)));
        int within = errors.Count(e => e <= FastBudget);
        Assert.True(within >= RowsWithSameExperts * errors.Count, $"{name}: {within} of {errors.Count} rows are within {FastBudget}; errors {string.Join(", ", errors.Order().Select(e => e.ToString("0.###")))}");
    }

    private static async Task LogitsEqual(GoldenModel golden)
    {
        foreach (var (part, kind) in new[] { ("awq", "logits_unrounded"), ("fp16", "logits_fp16src") })
        {
            if (golden.Has(part))
            {
                using var model = LanguageModel.Open(golden.Folder(part), new LanguageModelOptions { Precision = Precision.Exact, Threads = 2, Context = Context });
                await Compare(part, model, golden, kind, (what, expected, actual) => Close.Budget(what, ExactBudget, expected, actual));
            }
        }
    }

    private static async Task Compare(string what, LanguageModel model, GoldenModel golden, string kind, Action<string, double[], float[]> compare)
    {
        for (int i = 0; i < 3; i++)
        {
            var rows = new Dictionary<int, float[]>();
            await model.LogitsAsync(golden.Prompt(i), (position, logits) => rows[position] = logits.ToArray());
            foreach (var (position, expected) in golden.Logits(kind, i))
            {
                compare($"{what}, prompt {i}, position {position}", expected, rows[position]);
            }
        }
    }

    private static async Task GreedyEquals(GoldenModel golden)
    {
        using var model = LanguageModel.Open(golden.Folder("awq"), new LanguageModelOptions { Precision = Precision.Exact, Threads = 2, Context = Context });
        foreach (var (prompt, tokens, margin) in golden.Greedy())
        {
            Assert.True(margin > 2 * ExactBudget, $"the golden's margin of {margin} decides nothing");
            var options = new GenerationOptions { MaxTokens = tokens.Length, IgnoreEos = true, Sampling = new SamplingOptions { Temperature = 0 } };
            var result = Assert.Single(await model.GenerateBatchAsync([new GenerationRequest(prompt, options)]));
            Assert.Equal(tokens, result.TokenIds);
        }
    }

    internal static IEnumerable<string> Folders(string root) => Directory.Exists(root)
        ? Directory.GetDirectories(root).Select(f => Path.GetFileName(f)).Order()
        : [];
}
