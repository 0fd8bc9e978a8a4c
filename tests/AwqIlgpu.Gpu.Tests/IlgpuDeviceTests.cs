using AwqIlgpu.Tests;
using AwqIlgpu.Tests.Models;

namespace AwqIlgpu.Gpu.Tests;

/// <summary>Whole models on ILGPU: the logits of transformers and the tokens of the CPU, however the work is cut up.</summary>
public sealed class IlgpuDeviceTests
{
    // Float sums in another order than the CPU's.
    private const double ExactBudget = 5e-3;

    private const int Context = 128;

    private static readonly GoldenModel s_llama = new(TestData.Golden("models", "llama"));

    public IlgpuDeviceTests() => IlgpuDevices.Register();

    public static TheoryData<string> Travelling => ["llama-rope3", "qwen3", "mistral", "mixtral", "gemma2", "gpt_neox", "deepseek_v3"];

    [Theory]
    [MemberData(nameof(Travelling))]
    public async Task Logits_TravellingModels_EqualTransformers(string name)
    {
        var golden = new GoldenModel(TestData.Golden("models", name));
        using var model = Open(golden, "ilgpu", new LanguageModelOptions());
        foreach (int prompt in (int[])[0, 2])
        {
            var rows = new Dictionary<int, float[]>();
            await model.LogitsAsync(golden.Prompt(prompt), (position, logits) => rows[position] = logits.ToArray());
            foreach (var (position, expected) in golden.Logits("logits_unrounded", prompt))
            {
                Close.Budget($"{name}, prompt {prompt}, position {position}", ExactBudget, expected, rows[position]);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public async Task GenerateBatch_RaggedBatch_TokensOfTheCpu(int chunk)
    {
        var greedy = new GenerationOptions { MaxTokens = 6, IgnoreEos = true, Sampling = new SamplingOptions { Temperature = 0 } };
        int[][] prompts = [s_llama.Prompt(0), [.. s_llama.Prompt(1).Take(3)], [.. s_llama.Prompt(2).Take(20)]];
        GenerationRequest[] requests = [.. prompts.Select(prompt => new GenerationRequest(prompt, greedy))];
        using var cpu = Open(s_llama, "cpu", new LanguageModelOptions());
        using var gpu = Open(s_llama, "ilgpu", new LanguageModelOptions { Batch = 3, Chunk = chunk });
        var expected = await cpu.GenerateBatchAsync(requests);
        var actual = await gpu.GenerateBatchAsync(requests);
        Assert.Equal(expected.Select(result => result.TokenIds), actual.Select(result => result.TokenIds));
    }

    [Fact]
    public async Task Generate_HalfPrecisionCache_TokensOfTheCpu()
    {
        var greedy = new GenerationOptions { MaxTokens = 6, IgnoreEos = true, Sampling = new SamplingOptions { Temperature = 0 } };
        GenerationRequest[] requests = [new(s_llama.Prompt(0), greedy)];
        using var cpu = Open(s_llama, "cpu", new LanguageModelOptions { Kv = KvType.Fp16 });
        using var gpu = Open(s_llama, "ilgpu", new LanguageModelOptions { Kv = KvType.Fp16 });
        Assert.Equal((await cpu.GenerateBatchAsync(requests))[0].TokenIds, (await gpu.GenerateBatchAsync(requests))[0].TokenIds);
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

    private static LanguageModel Open(GoldenModel golden, string device, LanguageModelOptions options) =>
        LanguageModel.Open(golden.Folder("awq"), options with { Device = device, Precision = Precision.Exact, Threads = 2, Context = Context });
}
