using System.Diagnostics;
using System.Runtime.InteropServices;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;

namespace AwqIlgpu.Kernels;

/// <summary>Times the int4 product of one layer on every path that this machine has the instructions for: what justifies the path that is taken.</summary>
internal static unsafe class PathMeasurement
{
    /// <summary>Rows of x: a lone token, a small batch, a piece of a prompt.</summary>
    public static readonly int[] Rows = [1, 8, 64];

    /// <summary>Features in and out: a layer of a 7B model.</summary>
    public const int Features = 4096;

    private const int GroupSize = 128;

    // Long enough for a path's kernels to be compiled and for a clock to tell runs apart, short enough to wait for.
    private const double SecondsPerRun = 0.05;
    private const int Runs = 3;

    /// <summary>Multiplications per second of every path, for each of <see cref="Rows"/>; the best of some runs.</summary>
    /// <param name="threads">Threads that compute.</param>
    public static IReadOnlyList<PathSpeed> Run(int threads)
    {
        int m = Rows[^1];
        var shape = new Int4Shape(Features, Features, GroupSize, TensorType.Float16);
        long workspaceBytes = LinearProducts.WorkspaceBytes(m, Features, GroupSize);
        byte* weights = Zeros(shape.ByteCount);
        float* x = (float*)Zeros((long)m * Features * sizeof(float));
        float* y = (float*)Zeros((long)m * Features * sizeof(float));
        byte* workspace = Zeros(workspaceBytes);
        try
        {
            using var pool = new CpuThreadPool(threads);
            var matrix = new Int4Matrix(shape, weights);
            return [.. CpuPaths.Supported.Select(path => new PathSpeed(path.ToString(), path == CpuPaths.Best, [.. Rows.Select(rows => Speed(new LinearCall(matrix, x, Features, rows, y, Features), path))]))];

            double Speed(LinearCall call, CpuPath path)
            {
                double best = 0;
                for (int run = 0; run < Runs; run++)
                {
                    long start = Stopwatch.GetTimestamp();
                    long products = 0;
                    double seconds;
                    do
                    {
                        LinearProducts.Run(pool, new ReadOnlySpan<LinearCall>(in call), Precision.Fast, path, workspace, workspaceBytes);
                        products += (long)call.M * Features * Features;
                        seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                    }
                    while (seconds < SecondsPerRun);

                    best = Math.Max(best, products / seconds);
                }

                return best;
            }
        }
        finally
        {
            NativeMemory.AlignedFree(weights);
            NativeMemory.AlignedFree(x);
            NativeMemory.AlignedFree(y);
            NativeMemory.AlignedFree(workspace);
        }
    }

    // What is multiplied does not change how long it takes.
    private static byte* Zeros(long bytes)
    {
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        NativeMemory.Clear(memory, (nuint)bytes);
        return memory;
    }
}
