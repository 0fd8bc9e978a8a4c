using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Moves, adds and scales rows of activations.</summary>
/// <remarks>
/// <para>Launch: a thread for each element, 256 a group.</para>
/// <para>Limit: memory. The definition of each is its formula.</para>
/// </remarks>
internal sealed class RowsKernel
{
    private const int Threads = 256;

    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, ArrayView<int>, ArrayView<float>, int, int> _gather;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, ArrayView<int>, int, ArrayView<float>, int, int> _scatter;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, float, ArrayView<float>, int, int> _add;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, ArrayView<int>, ArrayView<float>, int, float, ArrayView<float>, int, int> _combine;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, float, int> _softcap;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, ArrayView<float>, int, int> _scaleBySigmoid;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, int, ArrayView<float>, int, int, int> _copyHeads;

    /// <summary>Compiles the kernels once for <paramref name="accelerator"/>.</summary>
    public RowsKernel(Accelerator accelerator)
    {
        _gather = accelerator.LoadKernel<ArrayView<float>, int, ArrayView<int>, ArrayView<float>, int, int>(GatherElement);
        _scatter = accelerator.LoadKernel<ArrayView<float>, int, ArrayView<int>, int, ArrayView<float>, int, int>(ScatterElement);
        _add = accelerator.LoadKernel<ArrayView<float>, int, float, ArrayView<float>, int, int>(AddElement);
        _combine = accelerator.LoadKernel<ArrayView<float>, int, ArrayView<int>, ArrayView<float>, int, float, ArrayView<float>, int, int>(CombineElement);
        _softcap = accelerator.LoadKernel<ArrayView<float>, int, float, int>(SoftcapElement);
        _scaleBySigmoid = accelerator.LoadKernel<ArrayView<float>, int, ArrayView<float>, int, int>(ScaleElementBySigmoid);
        _copyHeads = accelerator.LoadKernel<ArrayView<float>, int, int, ArrayView<float>, int, int, int>(CopyHeadElement);
    }

    /// <summary>Queues <c>y[t,i] = x[indices[t],i]</c>; y does not overlap x.</summary>
    public void Gather(AcceleratorStream stream, ArrayView<float> x, int xStride, ArrayView<int> indices, ArrayView<float> y, int yStride, int rows, int width) =>
        _gather(stream, Config(rows, width), x, xStride, indices, y, yStride, width);

    /// <summary>Queues <c>y[places[c],i] = x[c / copies,i]</c> for every copy c of every row.</summary>
    public void Scatter(AcceleratorStream stream, ArrayView<float> x, int xStride, ArrayView<int> places, int copies, ArrayView<float> y, int yStride, int rows, int width) =>
        _scatter(stream, Config(rows * copies, width), x, xStride, places, copies, y, yStride, width);

    /// <summary>Queues <c>y[t,i] += scale * x[t,i]</c>.</summary>
    public void Add(AcceleratorStream stream, ArrayView<float> x, int xStride, float scale, ArrayView<float> y, int yStride, int rows, int width) =>
        _add(stream, Config(rows, width), x, xStride, scale, y, yStride, width);

    /// <summary>Queues <c>y[t,i] += scale * sum_j weights[t,j] * x[places[t,j],i]</c>, over the copies j of a row in order.</summary>
    public void Combine(AcceleratorStream stream, ArrayView<float> x, int xStride, ArrayView<int> places, ArrayView<float> weights, int copies, float scale, ArrayView<float> y, int yStride, int rows, int width) =>
        _combine(stream, Config(rows, width), x, xStride, places, weights, copies, scale, y, yStride, width);

    /// <summary>Queues <c>x[t,i] = cap * tanh(x[t,i] / cap)</c>.</summary>
    public void Softcap(AcceleratorStream stream, ArrayView<float> x, int stride, float cap, int rows, int width) =>
        _softcap(stream, Config(rows, width), x, stride, cap, width);

    /// <summary>Queues <c>x[t,i] *= sigmoid(gate[t])</c>.</summary>
    public void ScaleBySigmoid(AcceleratorStream stream, ArrayView<float> gate, int gateStride, ArrayView<float> x, int stride, int rows, int width) =>
        _scaleBySigmoid(stream, Config(rows, width), gate, gateStride, x, stride, width);

    /// <summary>Queues the copying of the first <paramref name="width"/> elements of every head to heads of another width.</summary>
    public void CopyHeads(AcceleratorStream stream, ArrayView<float> x, int xStride, int xHeadDim, ArrayView<float> y, int yStride, int yHeadDim, int rows, int heads, int width) =>
        _copyHeads(stream, new KernelConfig(new Index3D((width + Threads - 1) / Threads, rows, heads), new Index3D(Threads, 1, 1)), x, xStride, xHeadDim, y, yStride, yHeadDim, width);

    private static KernelConfig Config(int rows, int width) => new(new Index3D((width + Threads - 1) / Threads, rows, 1), new Index3D(Threads, 1, 1));

    private static int Column => (Grid.IdxX * Threads) + Group.IdxX;

    private static void GatherElement(ArrayView<float> x, int xStride, ArrayView<int> indices, ArrayView<float> y, int yStride, int width)
    {
        int column = Column;
        if (column < width)
        {
            y[((long)Grid.IdxY * yStride) + column] = x[((long)indices[Grid.IdxY] * xStride) + column];
        }
    }

    private static void ScatterElement(ArrayView<float> x, int xStride, ArrayView<int> places, int copies, ArrayView<float> y, int yStride, int width)
    {
        int column = Column;
        if (column < width)
        {
            y[((long)places[Grid.IdxY] * yStride) + column] = x[((long)(Grid.IdxY / copies) * xStride) + column];
        }
    }

    private static void AddElement(ArrayView<float> x, int xStride, float scale, ArrayView<float> y, int yStride, int width)
    {
        int column = Column;
        if (column < width)
        {
            y[((long)Grid.IdxY * yStride) + column] += scale * x[((long)Grid.IdxY * xStride) + column];
        }
    }

    private static void CombineElement(ArrayView<float> x, int xStride, ArrayView<int> places, ArrayView<float> weights, int copies, float scale, ArrayView<float> y, int yStride, int width)
    {
        int column = Column;
        if (column < width)
        {
            float sum = 0;
            for (int i = Grid.IdxY * copies; i < (Grid.IdxY + 1) * copies; i++)
            {
                sum += weights[i] * x[((long)places[i] * xStride) + column];
            }

            y[((long)Grid.IdxY * yStride) + column] += scale * sum;
        }
    }

    private static void SoftcapElement(ArrayView<float> x, int stride, float cap, int width)
    {
        int column = Column;
        if (column < width)
        {
            long index = ((long)Grid.IdxY * stride) + column;
            x[index] = cap * XMath.Tanh(x[index] / cap);
        }
    }

    private static void ScaleElementBySigmoid(ArrayView<float> gate, int gateStride, ArrayView<float> x, int stride, int width)
    {
        int column = Column;
        if (column < width)
        {
            x[((long)Grid.IdxY * stride) + column] *= 1 / (1 + XMath.Exp(-gate[(long)Grid.IdxY * gateStride]));
        }
    }

    private static void CopyHeadElement(ArrayView<float> x, int xStride, int xHeadDim, ArrayView<float> y, int yStride, int yHeadDim, int width)
    {
        int column = Column;
        if (column < width)
        {
            y[((long)Grid.IdxY * yStride) + (Grid.IdxZ * yHeadDim) + column] = x[((long)Grid.IdxY * xStride) + (Grid.IdxZ * xHeadDim) + column];
        }
    }
}
