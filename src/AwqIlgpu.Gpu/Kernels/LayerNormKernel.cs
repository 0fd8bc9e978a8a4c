using AwqIlgpu.Kernels;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Shifts each segment of a row to mean 0 and scales it to variance 1, then applies a learned weight and bias; the definition is <see cref="LayerNorm.Reference"/>.</summary>
/// <remarks>
/// <para>Math: <c>y[t,s,i] = (x[t,s,i] - mean) / sqrt(mean_i((x[t,s,i] - mean)^2) + eps) * weight[weights + i] + bias[i]</c>.</para>
/// <para>Shapes: x and y are [rows, segments * width]; weight and bias are [width].</para>
/// <para>Types: float; the variance is summed from deviations in a second pass, so a large mean does not cancel it away.</para>
/// <para>Launch: one group per segment, 128 threads, 4 bytes of shared memory per thread.</para>
/// <para>Limit: memory; 8 bytes per element of x, the later reads come from cache.</para>
/// <para>Source: Ba, Kiros and Hinton, 2016, arXiv:1607.06450.</para>
/// </remarks>
internal sealed class LayerNormKernel
{
    private const int Threads = 128;

    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, ArrayView<float>, ArrayView<float>, float, ArrayView<float>, int, int> _groupPerSegment;

    /// <summary>Compiles the kernel once for <paramref name="accelerator"/>.</summary>
    public LayerNormKernel(Accelerator accelerator) =>
        _groupPerSegment = accelerator.LoadKernel<ArrayView<float>, int, ArrayView<float>, ArrayView<float>, float, ArrayView<float>, int, int>(GroupPerSegment);

    /// <summary>Queues the kernel on <paramref name="stream"/>; allocates nothing and does not wait.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="x">Input, [rows, segments * width].</param>
    /// <param name="xStride">Floats from one row of x to the next.</param>
    /// <param name="weight">Learned scale, [width], or [segments * width] where each has its own.</param>
    /// <param name="bias">Learned shift, [width]; empty for none.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="y">Output, shaped as x; may be <paramref name="x"/> itself.</param>
    /// <param name="yStride">Floats from one row of y to the next.</param>
    /// <param name="rows">Rows to do.</param>
    /// <param name="segments">Segments in a row.</param>
    /// <param name="width">Elements of a segment.</param>
    public void Run(AcceleratorStream stream, ArrayView<float> x, int xStride, ArrayView<float> weight, ArrayView<float> bias, float eps, ArrayView<float> y, int yStride, int rows, int segments, int width) =>
        _groupPerSegment(stream, new KernelConfig(new Index3D(rows, segments, 1), new Index3D(Threads, 1, 1)), x, xStride, weight, bias, eps, y, yStride, width);

    private static void GroupPerSegment(ArrayView<float> x, int xStride, ArrayView<float> weight, ArrayView<float> bias, float eps, ArrayView<float> y, int yStride, int width)
    {
        var partial = SharedMemory.Allocate<float>(Threads);
        // One weight for all segments, or one for each.
        int weights = weight.IntLength > width ? Grid.IdxY * width : 0;
        bool hasBias = bias.Length > 0;
        long from = ((long)Grid.IdxX * xStride) + (Grid.IdxY * width);
        long to = ((long)Grid.IdxX * yStride) + (Grid.IdxY * width);
        float sum = 0;
        for (int i = Group.IdxX; i < width; i += Threads)
        {
            sum += x[from + i];
        }

        float mean = GroupSum.Of(partial, sum, Threads) / width;
        float squares = 0;
        for (int i = Group.IdxX; i < width; i += Threads)
        {
            float deviation = x[from + i] - mean;
            squares += deviation * deviation;
        }

        float scale = 1 / XMath.Sqrt((GroupSum.Of(partial, squares, Threads) / width) + eps);
        for (int i = Group.IdxX; i < width; i += Threads)
        {
            y[to + i] = ((x[from + i] - mean) * scale * weight[weights + i]) + (hasBias ? bias[i] : 0);
        }
    }
}
