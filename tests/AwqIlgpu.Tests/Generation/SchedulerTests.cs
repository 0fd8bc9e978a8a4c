using AwqIlgpu.Devices;
using AwqIlgpu.Generation;
using AwqIlgpu.Kernels;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;
using AwqIlgpu.Tests.Memory;
using FsCheck;
using FsCheck.Fluent;

namespace AwqIlgpu.Tests.Generation;

public sealed class SchedulerTests : IDisposable
{
    private const int Window = 40;
    private const int Context = 200;
    private const int Batch = 4;
    private const int Chunk = 24;

    private readonly CpuDevice _device;
    private readonly DecoderModel _model;
    private readonly MemoryPlan _plan;
    private readonly KvCache _cache;

    public SchedulerTests()
    {
        var weights = TinyDecoder.Windowed(Window);
        var options = new LanguageModelOptions { Threads = 1, Chunk = Chunk, Kv = KvType.Fp16, Batch = Batch, Context = Context, MemoryCapBytes = 1L << 40 };
        _plan = MemoryPlanner.Plan(new MemoryFootprint(weights, options, tokenizerBytes: 0), options);
        _device = new CpuDevice(_plan, weights, options.Precision, options.ThreadCount);
        _model = new DecoderModel(weights, _device, _plan.Settings);
        _cache = new KvCache(weights.Config, _plan.Settings);
    }

    public void Dispose() => _device.Dispose();

    /// <summary>Requests come, run, are cancelled and end in any order: blocks are neither lost nor shared, the plan is kept, and everyone is served.</summary>
    [Fact]
    public void Fill_AnyOrderOfArrivalsStepsAndCancellations_ConservesBlocks() =>
        Prop.ForAll<byte[]>(actions =>
        {
            var blocks = new KvBlockAllocator(_cache.Classes, KvBlockLayout.BlockSize, Batch, Context);
            var scheduler = new Scheduler(_model, blocks, Chunk, Batch);
            var batch = new StepBatch(DecoderModel.StepRows(_plan.Settings), Batch);
            var sequences = new List<Sequence>();
            foreach (byte action in actions)
            {
                switch (action % 4)
                {
                    case 0:
                        int prompt = 1 + (action * 7 % (Context - 9));
                        sequences.Add(new Sequence(new int[prompt], 1 + (action % 8), null!, default));
                        scheduler.Add(sequences[^1]);
                        break;
                    case 1 when sequences.Count > 0:
                        sequences[action % sequences.Count].Cancel();
                        break;
                    default:
                        Step();
                        break;
                }
            }

            while (scheduler.HasWork)
            {
                Step();
            }

            Assert.All(sequences, sequence => Assert.True(sequence.IsFinished));
            Assert.All(sequences, sequence => Assert.True(sequence.IsCancelled || sequence.Generated == sequence.MaxTokens));
            Assert.Equal(0, blocks.LiveBytes);
            Assert.All(_cache.Classes, (blockClass, i) => Assert.Equal(blockClass.Blocks, blocks.FreeBlocks(i)));

            void Step()
            {
                bool works = scheduler.Fill(batch);
                Assert.Equal(works, batch.Rows > 0);
                Assert.InRange(batch.Rows, 0, batch.MaxRows);
                CheckBlocks(batch, blocks);
                for (int i = 0; i < batch.SegmentCount; i++)
                {
                    var sequence = scheduler.Scheduled[i];
                    Assert.Equal(sequence.Cached, batch.Segments[i].FirstPosition);
                    sequence.Cached += batch.Segments[i].Rows;
                    if (sequence.Cached == sequence.Length && sequence.Append(1, 0) is not null)
                    {
                        scheduler.Remove(sequence);
                    }
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    /// <summary>Who waits behind a full batch need not wait for its end to be let go.</summary>
    [Fact]
    public void Fill_WaitingRequestCancelled_IsFinishedAtOnceAndTheOthersKeepTheirOrder()
    {
        var scheduler = new Scheduler(_model, new KvBlockAllocator(_cache.Classes, KvBlockLayout.BlockSize, Batch, Context), Chunk, Batch);
        var batch = new StepBatch(DecoderModel.StepRows(_plan.Settings), Batch);
        var sequences = Enumerable.Range(0, Batch + 3).Select(_ => new Sequence(new int[4], 2, null!, default)).ToList();
        sequences.ForEach(scheduler.Add);
        scheduler.Fill(batch);

        sequences[Batch + 1].Cancel();
        scheduler.Fill(batch);

        Assert.Equal([sequences[Batch + 1]], sequences.Where(sequence => sequence.IsFinished));
        scheduler.Remove(sequences[0]);
        scheduler.Fill(batch);
        Assert.Contains(sequences[Batch], scheduler.Scheduled);
    }

    // No block of a class is in the tables of two sequences, and what is handed out is within the plan.
    private void CheckBlocks(StepBatch batch, KvBlockAllocator blocks)
    {
        for (int blockClass = 0; blockClass < _cache.Classes.Length; blockClass++)
        {
            var owned = new HashSet<int>();
            foreach (var segment in batch.Segments)
            {
                int positions = KvCache.BlocksFor(segment.FirstPosition + segment.Rows);
                int[] table = segment.BlockTables.Span.Slice(blockClass * _cache.TableBlocks, positions).ToArray();
                Assert.All(table.Distinct(), block => Assert.True(owned.Add(block), $"block {block} of class {blockClass} is in two tables"));
                Assert.Equal(Math.Min(positions, _cache.Classes[blockClass].MostPerSequence), table.Distinct().Count());
            }

            Assert.All(owned, block => Assert.InRange(block, 0, _cache.Classes[blockClass].Blocks - 1));
            Assert.True(owned.Count + blocks.FreeBlocks(blockClass) <= _cache.Classes[blockClass].Blocks);
        }

        Assert.InRange(blocks.LiveBytes, 0, _plan.Buffers.Single(buffer => buffer.Name == MemoryFootprint.Kv).Bytes);
    }
}
