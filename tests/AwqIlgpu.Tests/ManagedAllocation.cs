namespace AwqIlgpu.Tests;

/// <summary>Managed bytes that a piece of work allocates each time it runs.</summary>
internal static class ManagedAllocation
{
    private const int Runs = 5;

    /// <summary>
    /// The least that this thread allocated in one of several runs of <paramref name="work"/>. What is allocated for each token is allocated
    /// in every run; what the runtime allocates once, when it recompiles a loop or initialises a type while the work is under way, is not.
    /// </summary>
    public static long InSteadyState(Action work) =>
        Enumerable.Range(0, Runs).Min(_ =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
}
