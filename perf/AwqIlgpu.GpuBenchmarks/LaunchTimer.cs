using System.Diagnostics;
using ILGPU.Runtime;

namespace AwqIlgpu.GpuBenchmarks;

/// <summary>Seconds of one launch among many that are queued behind each other.</summary>
/// <remarks>The host waits for the device before and after, never between: kernels shorter than queueing them show the time of that.</remarks>
internal sealed class LaunchTimer(AcceleratorStream stream, bool smoke)
{
    private const int Runs = 5;

    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(100);

    /// <summary>The median of some runs, each of as many launches as take a tenth of a second; a single launch in a smoke test.</summary>
    public double Seconds(Action<int> launch)
    {
        Run(launch, 1);
        if (smoke)
        {
            return Run(launch, 1).TotalSeconds;
        }

        int count = 1;
        while (Run(launch, count) < s_shortest)
        {
            count *= 2;
        }

        double[] seconds = [.. Enumerable.Range(0, Runs).Select(_ => Run(launch, count).TotalSeconds / count).Order()];
        return seconds[Runs / 2];
    }

    private TimeSpan Run(Action<int> launch, int count)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            launch(i);
        }

        stream.Synchronize();
        return Stopwatch.GetElapsedTime(start);
    }
}
