using AwqIlgpu.Kernels;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Scales each segment of a row to unit root mean square, then by a learned weight; the definition is <see cref="RmsNorm.Reference"/>.</summary>
/// <remarks>
/// <para>Math: <c>y[t,s,i] = x[t,s,i] * weight[weights + i] / sqrt(mean_i(x[t,s,i]^2) + eps)</c>.</para>
/// <para>Shapes: x and y are [rows, segments * width], weight is [width].</para>
/// <para>Types: float in, float out, float accumulation.</para>
/// <para>Launch: one group per segment, 128 threads, 4 bytes of shared memory per thread.</para>
/// <para>Limit: memory; 8 bytes per element of x, the second read of x and weight come from cache.</para>
/// <para>Source: Zhang and Sennrich, 2019, arXiv:1910.07467.</para>
/// </remarks>
internal sealed class RmsNormKernel
{
    private const int Threads = 128;

    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, ArrayView<float>, float, ArrayView<float>, int, int> _groupPerSegment;

    /// <summary>Compiles the kernel once for <paramref name="accelerator"/>.</summary>
    public RmsNormKernel(Accelerator accelerator) =>
        _groupPerSegment = accelerator.LoadKernel<ArrayView<float>, int, ArrayView<float>, float, ArrayView<float>, int, int>(GroupPerSegment);

    /// <summary>Queues the kernel on <paramref name="stream"/>; allocates nothing and does not wait.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="x">Input, [rows, segments * width].</param>
    /// <param name="xStride">Floats from one row of x to the next.</param>
    /// <param name="weight">Learned scale, [width], or [segments * width] where each has its own.</param>
    /// <param name="eps">Added to the mean square.</param>
    /// <param name="y">Output, shaped as x; may be <paramref name="x"/> itself.</param>
    /// <param name="yStride">Floats from one row of y to the next.</param>
    /// <param name="rows">Rows to do.</param>
    /// <param name="segments">Segments in a row.</param>
    /// <param name="width">Elements of a segment.</param>
    public void Run(AcceleratorStream stream, ArrayView<float> x, int xStride, ArrayView<float> weight, float eps, ArrayView<float> y, int yStride, int rows, int segments, int width) =>
        _groupPerSegment(stream, new KernelConfig(new Index3D(rows, segments, 1), new Index3D(Threads, 1, 1)), x, xStride, weight, eps, y, yStride, width);

    private static void GroupPerSegment(ArrayView<float> x, int xStride, ArrayView<float> weight, float eps, ArrayView<float> y, int yStride, int width)
    {
        // One weight for all segments, or one for each.
        int weights = weight.IntLength > width ? Grid.IdxY * width : 0;
        long from = ((long)Grid.IdxX * xStride) + (Grid.IdxY * width);
        long to = ((long)Grid.IdxX * yStride) + (Grid.IdxY * width);

        // Stride by the group: neighbouring threads read neighbouring addresses.
        float squares = 0;
        for (int i = Group.IdxX; i < width; i += Threads)
        {
            float value = x[from + i];
            squares += value * value;
        }

        float sum = GroupSum.Of(SharedMemory.Allocate<float>(Threads), squares, Threads);
        float scale = 1 / XMath.Sqrt((sum / width) + eps);
        for (int i = Group.IdxX; i < width; i += Threads)
        {
            y[to + i] = x[from + i] * scale * weight[weights + i];
        }
    }
}
