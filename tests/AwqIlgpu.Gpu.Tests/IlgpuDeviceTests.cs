using AwqIlgpu.Tests;
using AwqIlgpu.Tests.Models;

namespace AwqIlgpu.Gpu.Tests;

/// <summary>Whole models on ILGPU: the logits of transformers and the tokens of the CPU, however the work is cut up.</summary>
public sealed class IlgpuDeviceTests
{
    // Float sums in another order than the CPU's.
    private const double ExactBudget = 2e-3;

    private const int Context = 128;

    // The simulator runs a lane at a time: 33 tokens, and short answers, keep the suite within minutes.
    private const int ShortPrompt = 1;
    private const int NewTokens = 4;

    private static readonly GoldenModel s_llama = new(TestData.Golden("models", "llama"));
    private static readonly GenerationOptions s_greedy = new() { MaxTokens = NewTokens, IgnoreEos = true, Sampling = new SamplingOptions { Temperature = 0 } };

    public IlgpuDeviceTests() => IlgpuDevices.Register();

    public static TheoryData<string> Travelling => [.. Folders(TestData.Golden("models"))];

    public static TheoryData<string> SharedModels => [.. Folders(TestData.Shared("goldens", "models")).Except(Folders(TestData.Golden("models")))];

    [Theory]
    [MemberData(nameof(Travelling))]
    public Task Model_Travelling_LogitsAndGreedyTokensOfTransformers(string name) => ModelEquals(new GoldenModel(TestData.Golden("models", name)));

    [SharedTheory]
    [MemberData(nameof(SharedModels))]
    public Task Model_Shared_LogitsAndGreedyTokensOfTransformers(string name) => ModelEquals(new GoldenModel(TestData.Shared("goldens", "models", name)));

    [Theory]
    [InlineData("llama", 1)]
    [InlineData("llama", 7)]
    [InlineData("llama", 64)]
    [InlineData("llama", Context)]
    [InlineData("mixtral", 7)]
    [InlineData("mixtral", Context)]
    public async Task GenerateBatch_RaggedBatch_TokensOfTheCpu(string name, int chunk)
    {
        var golden = new GoldenModel(TestData.Golden("models", name));
        int[][] prompts = [golden.Prompt(0), [.. golden.Prompt(1).Take(3)], [.. golden.Prompt(2).Take(20)]];
        GenerationRequest[] requests = [.. prompts.Select(prompt => new GenerationRequest(prompt, s_greedy))];
        using var cpu = Open(golden, "cpu", new LanguageModelOptions());
        using var gpu = Open(golden, "ilgpu", new LanguageModelOptions { Batch = 3, Chunk = chunk });
        var expected = await cpu.GenerateBatchAsync(requests);
        var actual = await gpu.GenerateBatchAsync(requests);
        Assert.Equal(expected.Select(result => result.TokenIds), actual.Select(result => result.TokenIds));
    }

    [Theory]
    [InlineData(KvType.Fp16)]
    [InlineData(KvType.Int8)]
    public async Task Generate_SmallerCache_TokensOfTheCpu(KvType kv)
    {
        GenerationRequest[] requests = [new(s_llama.Prompt(0), s_greedy)];
        using var cpu = Open(s_llama, "cpu", new LanguageModelOptions { Kv = kv });
        using var gpu = Open(s_llama, "ilgpu", new LanguageModelOptions { Kv = kv });
        Assert.Equal((await cpu.GenerateBatchAsync(requests))[0].TokenIds, (await gpu.GenerateBatchAsync(requests))[0].TokenIds);
    }

    [Fact]
    public void Plan_CapThatForcesASmallCache_StaysWithWhatTheDeviceHas()
    {
        var options = new LanguageModelOptions { Device = "ilgpu", Context = 256, Batch = 16, Chunk = 16 };
        string folder = s_llama.Folder("awq");
        long int8 = MemoryPlan.OfFolder(folder, options with { Kv = KvType.Int8 }).ProcessBytes;
        Assert.Equal(KvType.Int8, MemoryPlan.OfFolder(folder, options with { MemoryCapBytes = int8 }).Settings.Kv);
        var refused = Assert.Throws<BudgetExceededException>(() => MemoryPlan.OfFolder(folder, options with { MemoryCapBytes = int8 - 1 }));
        Assert.DoesNotContain("int4", refused.Message, StringComparison.Ordinal);
        var exception = Assert.Throws<NotSupportedException>(() => MemoryPlan.OfFolder(folder, options with { Kv = KvType.Int4 }));
        Assert.Contains("int8", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_PlannedArena_IsWhatIsUsed()
    {
        using var model = Open(s_llama, "ilgpu", new LanguageModelOptions());
        Assert.Equal(model.Plan.ArenaBytes, model.MeasuredArenaBytes);
    }

    [Fact]
    public void Open_DeviceThatIsNotHere_NamesThoseThatAre()
    {
        var exception = Assert.Throws<ArgumentException>(() => Open(s_llama, "cuda:99", new LanguageModelOptions()));
        Assert.All(DeviceInfo.All, device => Assert.Contains(device.Id, exception.Message, StringComparison.Ordinal));
        Assert.Contains(DeviceInfo.All, device => device.Id == "ilgpu");
    }

    private static async Task ModelEquals(GoldenModel golden)
    {
        using var model = Open(golden, "ilgpu", new LanguageModelOptions());
        var rows = new Dictionary<int, float[]>();
        await model.LogitsAsync(golden.Prompt(ShortPrompt), (position, logits) => rows[position] = logits.ToArray());
        foreach (var (position, expected) in golden.Logits("logits_unrounded", ShortPrompt))
        {
            Close.Budget($"position {position}", ExactBudget, expected, rows[position]);
        }

        var (start, tokens, margin) = golden.Greedy().MinBy(g => g.Prompt.Length);
        Assert.True(margin > 2 * ExactBudget, $"the golden's margin of {margin} decides nothing");
        var result = Assert.Single(await model.GenerateBatchAsync([new GenerationRequest(start, s_greedy)]));
        Assert.Equal(tokens.Take(NewTokens), result.TokenIds);
    }

    private static IEnumerable<string> Folders(string root) => Directory.Exists(root)
        ? Directory.GetDirectories(root).Select(f => Path.GetFileName(f)).Order()
        : [];

    private static LanguageModel Open(GoldenModel golden, string device, LanguageModelOptions options) =>
        LanguageModel.Open(golden.Folder("awq"), options with { Device = device, Precision = Precision.Exact, Threads = 2, Context = Context });
}
