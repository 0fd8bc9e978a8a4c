using System.Runtime.ExceptionServices;

namespace AwqIlgpu.Models;

/// <summary>Layers that several threads read, each the next that nobody has.</summary>
/// <param name="linears">The layers, in the order in which they are taken.</param>
internal sealed class LayerQueue(IReadOnlyList<LinearWeights> linears)
{
    private readonly Lock _lock = new();
    private int _next;
    private long _doneBytes;
    private (int Index, Exception Exception)? _failure;

    /// <summary>Bytes of all layers.</summary>
    public long TotalBytes { get; } = linears.Sum(l => l.ByteCount);

    /// <summary>Reads layers with <paramref name="load"/> until none is left or one has failed.</summary>
    /// <param name="load">Reads one layer.</param>
    /// <param name="progress">Told after each layer of this thread what all of them have done; throwing ends the work. May be null.</param>
    public void Run(Action<LinearWeights> load, IProgress<LoadProgress>? progress = null)
    {
        while (Take() is { } index)
        {
            try
            {
                load(linears[index]);
                long done = Interlocked.Add(ref _doneBytes, linears[index].ByteCount);
                progress?.Report(new LoadProgress(done, TotalBytes));
            }
#pragma warning disable CA1031 // Whatever a thread meets must reach the caller, who has it from ThrowIfFailed.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Fail(index, exception);
            }
        }
    }

    /// <summary>Throws what the first layer in order that failed has thrown; layers before it have all been tried, so this is the same in every run.</summary>
    public void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure.Exception);
        }
    }

    private int? Take()
    {
        lock (_lock)
        {
            return _failure is null && _next < linears.Count ? _next++ : null;
        }
    }

    private void Fail(int index, Exception exception)
    {
        lock (_lock)
        {
            if (_failure is null || index < _failure.Value.Index)
            {
                _failure = (index, exception);
            }
        }
    }
}
