using AwqIlgpu.Devices;
using AwqIlgpu.Generation;
using AwqIlgpu.Kernels;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;
using AwqIlgpu.Tests.Memory;
using FsCheck;
using FsCheck.Fluent;

namespace AwqIlgpu.Tests.Devices;

public sealed class KvCacheTests
{
    [Fact]
    public void Classes_WindowOfAnyLength_HoldWhatAChunkSeesAndNoBlockMore() =>
        Prop.ForAll(Gen.Choose(1, 200).Two().ToArbitrary(), sizes =>
        {
            var (window, chunk) = sizes;
            int most = 0;
            for (int first = window; first < window + KvBlockLayout.BlockSize; first++)
            {
                int firstSeen = first - window + 1;
                int last = first + chunk - 1;
                most = Math.Max(most, (last / KvBlockLayout.BlockSize) - (firstSeen / KvBlockLayout.BlockSize) + 1);
            }

            return Cache(window, chunk, context: 100_000).Classes[0].MostPerSequence == most;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Classes_WindowBeyondTheContext_IsTheClassOfFullLayers()
    {
        var cache = Cache(window: 90, chunk: 8, context: 100);
        Assert.Equal((2 * 4, 4), (Assert.Single(cache.Classes).Blocks, cache.Classes[0].MostPerSequence));
    }

    // A chunk as long as the context leaves no room for a ring: every position has a block of its own then.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 5)]
    [InlineData(31, 1)]
    [InlineData(32, 33)]
    [InlineData(33, 16)]
    [InlineData(70, 31)]
    public void Forward_RingsThatAreReused_GiveTheLogitsOfAFullCache(int window, int chunk)
    {
        const int Context = 300;
        Assert.True(Cache(window, chunk, Context).ByteCount < Cache(window, Context, Context).ByteCount);
        foreach (var kv in Enum.GetValues<KvType>())
        {
            Assert.Equal(Logits(window, Context, kv, Context), Logits(window, chunk, kv, Context));
        }
    }

    private static float[] Logits(int window, int chunk, KvType kv, int context)
    {
        var weights = TinyDecoder.Windowed(window);
        var options = new LanguageModelOptions { Threads = 1, Chunk = chunk, Kv = kv, Batch = 2, Context = context, MemoryCapBytes = 1L << 40 };
        var plan = MemoryPlanner.Plan(new MemoryFootprint(weights, options, tokenizerBytes: 0), options);
        using var device = new CpuDevice(plan, weights, options.Precision, options.ThreadCount);
        RandomWeights.Load(weights, device, null);
        var model = new DecoderModel(weights, device, plan.Settings);
        var blocks = new KvBlockAllocator(new KvCache(weights.Config, plan.Settings).Classes, KvBlockLayout.BlockSize, 2, context);
        var batch = new StepBatch(DecoderModel.StepRows(plan.Settings), 2);
        Rotation[] rotations = [.. weights.Config.Ropes.Select(rope => Rotation.For(rope, 1))];
        // A neighbour of its own length shares the pools.
        Assert.True(blocks.TryReserve(77, out int neighbour));
        Assert.True(blocks.TryReserve(context, out int sequence));
        int[] tokens = [.. Enumerable.Range(0, context).Select(i => i * 7 % weights.Config.VocabularySize)];
        float[] last = [];
        for (int first = 0; first < context; first += chunk)
        {
            int rows = Math.Min(chunk, context - first);
            if (first < 77)
            {
                Step(neighbour, tokens[first..Math.Min(77, first + rows)], first);
            }

            last = Step(sequence, tokens[first..(first + rows)], first);
        }

        return last;

        float[] Step(int number, int[] chunkTokens, int first)
        {
            batch.Clear();
            batch.Add(chunkTokens, first, blocks.BlockTables(number), rotations, isPrompt: true);
            model.Forward(batch);
            return model.Logits([chunkTokens.Length - 1]).ToArray();
        }
    }

    private static KvCache Cache(int window, int chunk, int context) =>
        new(TinyDecoder.Windowed(window).Config, new MemorySettings(chunk, KvType.Fp16, 2, context));
}
