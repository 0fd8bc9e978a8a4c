using System.Runtime.ExceptionServices;

namespace AwqIlgpu.Quantization;

/// <summary>Runs independent pieces of work on all cores; the one place where the quantiser meets a thread pool.</summary>
internal static class ParallelWork
{
    /// <summary>Calls <paramref name="body"/> for 0 to <paramref name="count"/> - 1, in any order; an exception of one piece arrives as it was thrown.</summary>
    public static void Run(int count, Action<int> body)
    {
        try
        {
            Parallel.For(0, count, body);
        }
        catch (AggregateException errors)
        {
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }
    }
}
