using AwqIlgpu.Memory;
using AwqIlgpu.Models;
using AwqIlgpu.Models.Architectures;

namespace AwqIlgpu.Tests.Models;

public sealed class ModelShapeTests
{
    public static TheoryData<string> Names => [.. ModelShape.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void OfShape_EveryName_PlansWhereTheArchitectureIsSupported(string name)
    {
        string modelType = ModelShape.Open(name).String("model_type");
        if (Architecture.Supported.Contains(modelType))
        {
            var awq = Plan(name, WeightFormat.Awq);
            Assert.True(awq.ArenaBytes < Plan(name, WeightFormat.Fp16).ArenaBytes);
        }
        else
        {
            Assert.Contains(modelType, Assert.Throws<NotSupportedException>(() => Plan(name, WeightFormat.Awq)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void OpenShape_PathOfAConfig_RunsAndRepeats()
    {
        string config = Path.Combine(TestData.Golden("models", "qwen3", "awq"), "config.json");
        var options = new LanguageModelOptions { Threads = 2, Context = 64 };
        using var first = LanguageModel.OpenShape(config, WeightFormat.Awq, options);
        using var second = LanguageModel.OpenShape(config, WeightFormat.Awq, options);
        Assert.Equal(Generate(first), Generate(second));
        Assert.Equal(first.Plan.ArenaBytes, first.MeasuredArenaBytes);
    }

    [Theory]
    [InlineData("mixtral")]
    [InlineData("deepseek_v3")]
    [InlineData("gpt_neox")]
    public void OpenShape_OtherFamilies_RunWithinTheirPlan(string name)
    {
        string config = Path.Combine(TestData.Golden("models", name, "awq"), "config.json");
        foreach (var kv in Enum.GetValues<KvType>())
        {
            using var model = LanguageModel.OpenShape(config, WeightFormat.Awq, new LanguageModelOptions { Threads = 2, Context = 64, Kv = kv, Batch = 2 });
            Assert.Equal(16, Generate(model).Count);
            Assert.Equal(model.Plan.ArenaBytes, model.MeasuredArenaBytes);
        }
    }

    [Fact]
    public void OfShape_LatentAttention_CachesEveryNumberOnce()
    {
        string config = Path.Combine(TestData.Golden("models", "deepseek_v3", "awq"), "config.json");
        var plan = MemoryPlan.OfShape(config, WeightFormat.Awq, new LanguageModelOptions { Context = 512, Batch = 1, Kv = KvType.Fp16, Threads = 2 });

        // 3 layers, a latent vector of 64 and a rope key of 32.
        Assert.Equal(3 * 512 * (64 + 32) * 2, plan.Buffers.Single(b => b.Name == MemoryFootprint.Kv).Bytes);
    }

    [Fact]
    public void Open_UnknownName_NamesTheShapes() =>
        Assert.Contains("mistral-7b", Assert.Throws<ArgumentException>(() => ModelShape.Open("mistral-8b")).Message, StringComparison.Ordinal);

    private static MemoryPlan Plan(string name, WeightFormat format) =>
        MemoryPlan.OfShape(name, format, new LanguageModelOptions { Context = 512, Threads = 2, MemoryCapBytes = 1L << 40 });

    private static IReadOnlyList<int> Generate(LanguageModel model)
    {
        var options = new GenerationOptions { MaxTokens = 16, IgnoreEos = true, Sampling = new SamplingOptions { Temperature = 0 } };
        return model.GenerateBatchAsync([new GenerationRequest([1, 2, 3], options)]).GetAwaiter().GetResult()[0].TokenIds;
    }
}
