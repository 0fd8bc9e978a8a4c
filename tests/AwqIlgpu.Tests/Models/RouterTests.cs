using AwqIlgpu.Devices;
using AwqIlgpu.Generation;
using AwqIlgpu.Kernels;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;

namespace AwqIlgpu.Tests.Models;

/// <summary>A router that gives NaN while the model runs: numbers that are finite one by one can still make it.</summary>
public sealed class RouterTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Forward_RouterOfNaN_SaysWhichLayerAndRunsAgainOnceItIsMended(int threads)
    {
        string config = Path.Combine(TestData.Golden("models", "mixtral", "awq"), "config.json");
        var options = new LanguageModelOptions { Threads = threads, Context = 256, Chunk = 200, Batch = 1, MemoryCapBytes = 1L << 32 };
        var weights = RandomWeights.Describe(config, WeightFormat.Awq, options);
        var plan = MemoryPlanner.Plan(new MemoryFootprint(weights, options, tokenizerBytes: 0), options);
        using var device = new CpuDevice(plan, weights, Precision.Fast, threads);
        RandomWeights.Load(weights, device, null);
        var model = new DecoderModel(weights, device, plan.Settings);
        var blocks = new KvBlockAllocator(new KvCache(weights.Config, plan.Settings).Classes, KvBlockLayout.BlockSize, 1, plan.Settings.Context);
        Assert.True(blocks.TryReserve(plan.Settings.Context, out int sequence));
        var batch = new StepBatch(DecoderModel.StepRows(plan.Settings), 1);
        batch.Add(new int[plan.Settings.Chunk], 0, blocks.BlockTables(sequence), [.. weights.Config.Ropes.Select(rope => Rotation.For(rope, 1))], isPrompt: true);

        device.Floats(weights.Layers[1].FeedForwardNorm!.Offset, weights.Config.HiddenSize).Fill(float.NaN);
        string message = Assert.Throws<InvalidDataException>(() => model.Forward(batch)).Message;
        Assert.StartsWith("Layer 1: the router of the experts gave NaN", message, StringComparison.Ordinal);

        device.Floats(weights.Layers[1].FeedForwardNorm!.Offset, weights.Config.HiddenSize).Fill(1);
        model.Forward(batch);
        foreach (float logit in model.Logits([0]))
        {
            Assert.True(float.IsFinite(logit));
        }
    }
}
