using AwqIlgpu.Models;

namespace AwqIlgpu.Tests.Models;

public sealed class StepWorkTests
{
    [Fact]
    public void ProductsPerToken_Qwen3With128Experts_CountsTheEightThatRun()
    {
        const long Hidden = 2048, Attention = Hidden * 128 * (32 + 4 + 4 + 32), Experts = 8 * 3 * Hidden * 768, Router = 128 * Hidden;
        var work = new StepWork(RandomWeights.Describe("qwen3-30b-a3b", WeightFormat.Awq, new LanguageModelOptions { Head = HeadType.Stored }));
        Assert.Equal((48 * (Attention + Experts + Router)) + (151936 * Hidden), work.ProductsPerToken);
    }

    [Fact]
    public void ProductsPerToken_DenseModel_CountsEveryWeightButTheEmbeddings()
    {
        const long Hidden = 4096, Layer = Hidden * ((2 * Hidden) + (2 * 1024) + (3 * 14336));
        Assert.Equal((32 * Layer) + (32000 * Hidden), new StepWork(RandomWeights.Describe("mistral-7b", WeightFormat.Awq, new LanguageModelOptions { Head = HeadType.Stored })).ProductsPerToken);
    }

    [Fact]
    public void Bytes_OneToken_ReadsItsExpertsAndManyTokensAll()
    {
        var weights = RandomWeights.Describe("mixtral-8x7b", WeightFormat.Awq, new LanguageModelOptions { Head = HeadType.Stored });
        var work = new StepWork(weights);
        double all = weights.AllLinears.Where(l => l != weights.Embedding).Sum(l => (double)l.ByteCount);
        double experts = weights.Layers.SelectMany(l => l.Experts!.Experts).Sum(e => e.GateUp.Sum(l => (double)l.ByteCount) + e.Down[0].ByteCount);
        Close.Within("bytes", [all - (experts * 6 / 8), all - (experts * 6 / 8 * 6 / 8), all], [(float)work.Bytes(1), (float)work.Bytes(2), (float)work.Bytes(1000)], 0, StepRounding);
    }

    // The sums are of some 10^10 and compared as floats.
    private const double StepRounding = 1e-6;
}
