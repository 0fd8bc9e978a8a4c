using AwqIlgpu.Tests;
using AwqIlgpu.Tests.Models;

namespace AwqIlgpu.Gpu.Tests;

/// <summary>The device in a model: its cache types, its plan, its name.</summary>
public sealed class IlgpuDeviceTests
{
    private const int Context = 128;

    private static readonly GoldenModel s_llama = new(TestData.Golden("models", "llama"));
    private static readonly GenerationOptions s_greedy = new() { MaxTokens = 4, IgnoreEos = true, Sampling = new SamplingOptions { Temperature = 0 } };

    public IlgpuDeviceTests() => IlgpuDevices.Register();

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

    private static LanguageModel Open(GoldenModel golden, string device, LanguageModelOptions options) =>
        LanguageModel.Open(golden.Folder("awq"), options with { Device = device, Precision = Precision.Exact, Threads = 2, Context = Context });
}
