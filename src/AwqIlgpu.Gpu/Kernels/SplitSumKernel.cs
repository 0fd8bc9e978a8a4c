using ILGPU;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Adds the parts of a product that was cut along k, in ascending order.</summary>
/// <remarks>
/// <para>Math: <c>y[t,r] = sum_s parts[s,t,r] + bias[r]</c>.</para>
/// <para>Shapes: parts is [splits, tokens, n], y is [tokens, n].</para>
/// <para>Launch: a thread for each result, 256 a group.</para>
/// <para>Limit: memory; 4 bytes per part, written moments before.</para>
/// </remarks>
internal sealed class SplitSumKernel
{
    private const int Threads = 256;

    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, int, LinearOutput> _threadPerRow;

    /// <summary>Compiles the kernel once for <paramref name="accelerator"/>.</summary>
    public SplitSumKernel(Accelerator accelerator) =>
        _threadPerRow = accelerator.LoadKernel<ArrayView<float>, int, int, LinearOutput>(ThreadPerRow);

    /// <summary>Queues the kernel on <paramref name="stream"/>; allocates nothing and does not wait.</summary>
    public void Run(AcceleratorStream stream, ArrayView<float> parts, int splits, int tokens, int rows, LinearOutput y) =>
        _threadPerRow(stream, new KernelConfig(new Index3D((rows + Threads - 1) / Threads, tokens, 1), new Index3D(Threads, 1, 1)), parts, splits, rows, y);

    private static void ThreadPerRow(ArrayView<float> parts, int splits, int rows, LinearOutput y)
    {
        int row = (Grid.IdxX * Threads) + Group.IdxX;
        if (row < rows)
        {
            float sum = 0;
            for (int split = 0; split < splits; split++)
            {
                sum += parts[((((long)split * Grid.DimY) + Grid.IdxY) * rows) + row];
            }

            y.Store(Grid.IdxY, row, sum);
        }
    }
}
