using ILGPU;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Moves and adds rows of activations.</summary>
/// <remarks>
/// <para>Math: gather is <c>y[t,i] = x[rows[t],i]</c>, add is <c>y[t,i] += x[t,i]</c>.</para>
/// <para>Launch: a thread for each element, 256 a group.</para>
/// <para>Limit: memory.</para>
/// </remarks>
internal sealed class RowsKernel
{
    private const int Threads = 256;

    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, ArrayView<int>, ArrayView<float>, int, int> _gather;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, ArrayView<float>, int, int> _add;

    /// <summary>Compiles the kernels once for <paramref name="accelerator"/>.</summary>
    public RowsKernel(Accelerator accelerator)
    {
        _gather = accelerator.LoadKernel<ArrayView<float>, int, ArrayView<int>, ArrayView<float>, int, int>(GatherElement);
        _add = accelerator.LoadKernel<ArrayView<float>, int, ArrayView<float>, int, int>(AddElement);
    }

    /// <summary>Queues y = the rows of x that <paramref name="indices"/> names; y does not overlap x.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="x">[any, width].</param>
    /// <param name="xStride">Floats from one row of x to the next.</param>
    /// <param name="indices">Row of x for each row of y.</param>
    /// <param name="y">[rows, width].</param>
    /// <param name="yStride">Floats from one row of y to the next.</param>
    /// <param name="rows">Rows to do.</param>
    /// <param name="width">Elements of a row.</param>
    public void Gather(AcceleratorStream stream, ArrayView<float> x, int xStride, ArrayView<int> indices, ArrayView<float> y, int yStride, int rows, int width) =>
        _gather(stream, Config(rows, width), x, xStride, indices, y, yStride, width);

    /// <summary>Queues y += x.</summary>
    public void Add(AcceleratorStream stream, ArrayView<float> x, int xStride, ArrayView<float> y, int yStride, int rows, int width) =>
        _add(stream, Config(rows, width), x, xStride, y, yStride, width);

    private static KernelConfig Config(int rows, int width) => new(new Index3D((width + Threads - 1) / Threads, rows, 1), new Index3D(Threads, 1, 1));

    private static void GatherElement(ArrayView<float> x, int xStride, ArrayView<int> indices, ArrayView<float> y, int yStride, int width)
    {
        int column = (Grid.IdxX * Threads) + Group.IdxX;
        if (column < width)
        {
            y[((long)Grid.IdxY * yStride) + column] = x[((long)indices[Grid.IdxY] * xStride) + column];
        }
    }

    private static void AddElement(ArrayView<float> x, int xStride, ArrayView<float> y, int yStride, int width)
    {
        int column = (Grid.IdxX * Threads) + Group.IdxX;
        if (column < width)
        {
            y[((long)Grid.IdxY * yStride) + column] += x[((long)Grid.IdxY * xStride) + column];
        }
    }
}
