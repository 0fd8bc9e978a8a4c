namespace AwqIlgpu.Tests.Models;

/// <summary>Whole models on the CPU.</summary>
public sealed class CpuModelTests() : ModelTests("cpu")
{
    // Eight-bit activations in models of random weights: relative error of a row of logits; the largest seen is 0.121.
    private const double FastBudget = 0.15;

    // Rows in which eight bits flip no expert; in the others another expert's weights make another result.
    private const double RowsWithSameExperts = 0.75;

    [Theory]
    [MemberData(nameof(Travelling))]
    public Task Model_Travelling_EqualsTransformers(string name) => EqualsTransformers(name);

    [SharedTheory]
    [MemberData(nameof(SharedModels))]
    public Task Model_Shared_EqualsTransformers(string name) => EqualsTransformers(name);

    [Theory]
    [MemberData(nameof(Travelling))]
    public async Task Logits_Fast_StayWithinBudget(string name)
    {
        var golden = GoldenModel.Find(name);
        using var model = LanguageModel.Open(golden.Folder("awq"), new LanguageModelOptions { Threads = 2, Context = Context });
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
}
