using System.Runtime.ExceptionServices;

namespace AwqIlgpu.Quantization;

/// <summary>Runs independent pieces of work on several cores; the one place where the quantiser meets a thread pool.</summary>
internal static class ParallelWork
{
    private static readonly AsyncLocal<int?> s_threads = new();

    /// <summary>Bounds the threads of what the caller runs until the result is disposed; null for one for each core.</summary>
    public static IDisposable Limit(int? threads)
    {
        var before = new Restore(s_threads.Value);
        s_threads.Value = threads;
        return before;
    }

    /// <summary>Calls <paramref name="body"/> for 0 to <paramref name="count"/> - 1, in any order; an exception of one piece arrives as it was thrown.</summary>
    public static void Run(int count, Action<int> body)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = s_threads.Value ?? -1 }, body);
        }
        catch (AggregateException errors)
        {
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }
    }

    private sealed class Restore(int? threads) : IDisposable
    {
        public void Dispose() => s_threads.Value = threads;
    }
}
