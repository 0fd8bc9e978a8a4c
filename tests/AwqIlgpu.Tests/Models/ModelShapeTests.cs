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
