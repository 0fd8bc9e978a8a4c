using System.Collections.Concurrent;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Models;
using AwqIlgpu.Models.Architectures;

namespace AwqIlgpu.Tests.Models;

public sealed class LayerQueueTests : IDisposable
{
    private readonly Checkpoint _checkpoint = Checkpoint.Open(TestData.Golden("models", "llama", "awq"));
    private readonly IReadOnlyList<LinearWeights> _linears;

    public LayerQueueTests() =>
        _linears = new DecoderWeights(Architecture.Read(_checkpoint.Config), _checkpoint, HeadType.Stored).AllLinears;

    public void Dispose() => _checkpoint.Dispose();

    [Fact]
    public async Task Run_TwoThreads_EachLayerOnceAndProgressGrows()
    {
        var progress = new Recorder();
        var queue = new LayerQueue(_linears);
        var taken = new ConcurrentBag<LinearWeights>();
        var other = Task.Run(() => queue.Run(taken.Add));
        queue.Run(taken.Add, progress);
        await other;

        queue.ThrowIfFailed();
        Assert.Equal(_linears.Count, taken.Distinct().Count());
        Assert.Equal(_linears.Count, taken.Count);
        Assert.Equal(progress.Bytes.Order(), progress.Bytes);
        Assert.All(progress.Bytes, bytes => Assert.InRange(bytes, 1, queue.TotalBytes));
    }

    [Fact]
    public async Task Run_SecondLayerFailsBeforeTheFirst_FirstIsNamedAndNoFurtherOneTaken()
    {
        var queue = new LayerQueue(_linears);
        using var oneIsDone = new ManualResetEventSlim();
        var taken = new ConcurrentBag<LinearWeights>();
        await Task.WhenAll(Task.Run(Run), Task.Run(Run));

        Assert.Equal("0", Assert.Throws<InvalidDataException>(queue.ThrowIfFailed).Message);
        Assert.Equal(_linears.Take(2), taken.OrderBy(l => l.Offset));

        void Run()
        {
            queue.Run(Load);
            oneIsDone.Set();
        }

        void Load(LinearWeights linear)
        {
            taken.Add(linear);
            if (linear != _linears[0])
            {
                throw new InvalidDataException("1");
            }

            // Until the other thread has failed, and found that it need not go on.
            oneIsDone.Wait();
            throw new InvalidDataException("0");
        }
    }

    [Fact]
    public void Run_ProgressThrows_EndsTheWork()
    {
        var queue = new LayerQueue(_linears);
        var taken = new List<LinearWeights>();

        queue.Run(taken.Add, new Interrupt());

        Assert.Single(taken);
        Assert.Throws<OperationCanceledException>(queue.ThrowIfFailed);
    }

    private sealed class Interrupt : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => throw new OperationCanceledException();
    }

    private sealed class Recorder : IProgress<LoadProgress>
    {
        public List<long> Bytes { get; } = [];

        public void Report(LoadProgress value) => Bytes.Add(value.BytesRead);
    }
}
