using ILGPU;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Product of one to eight tokens' activations with fp16, bf16 or fp32 weights: the output head, and layers that are not quantised.</summary>
/// <remarks>
/// <para>Math: <c>y[t,r] = sum_k x[t,k] * w[r,k] + bias[r]</c>.</para>
/// <para>Shapes: x is [tokens, k], w is [n, k], y is [tokens, n].</para>
/// <para>Types: float activations and sums.</para>
/// <para>Launch: 256 threads for 32 rows; 32 threads own four rows, each takes every 32nd oct of columns of all four. Where k is no multiple of 8, rows do not start at whole words, and elements are loaded one by one.</para>
/// <para>Limit: memory; x adds 1/16 per token to the bytes of 16-bit weights and comes from the second-level cache.</para>
/// </remarks>
internal sealed class FloatGemvKernel
{
    /// <summary>Most tokens of a launch.</summary>
    public const int MaxTokens = 8;

    private const int Threads = 256;
    private const int QuadThreads = 32;
    private const int GroupQuads = Threads / QuadThreads;
    private const int GroupRows = 4 * GroupQuads;
    private const int ChunkColumns = 1024;
    private const int ChunkOcts = ChunkColumns / 8;

    // The first four columns of all octs lie before the last four, 16 banks apart: lanes load neighbouring words, and store to different banks.
    private const int PlaneStride = ChunkOcts + 4;

    private const int ExchangeStride = QuadThreads + 1;

    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, int, FloatView, LinearOutput> _one;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, int, FloatView, LinearOutput> _two;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, int, FloatView, LinearOutput> _four;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, int, FloatView, LinearOutput> _eight;

    /// <summary>Compiles the kernel once for <paramref name="accelerator"/>.</summary>
    public FloatGemvKernel(Accelerator accelerator)
    {
        _one = accelerator.LoadKernel<ArrayView<float>, int, int, FloatView, LinearOutput>(FourRowsPerWarp<OneRow>);
        _two = accelerator.LoadKernel<ArrayView<float>, int, int, FloatView, LinearOutput>(FourRowsPerWarp<TwiceRows<OneRow>>);
        _four = accelerator.LoadKernel<ArrayView<float>, int, int, FloatView, LinearOutput>(FourRowsPerWarp<TwiceRows<TwiceRows<OneRow>>>);
        _eight = accelerator.LoadKernel<ArrayView<float>, int, int, FloatView, LinearOutput>(FourRowsPerWarp<TwiceRows<TwiceRows<TwiceRows<OneRow>>>>);
    }

    /// <summary>Queues the kernel on <paramref name="stream"/>; allocates nothing and does not wait.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="x">Activations, [tokens, k].</param>
    /// <param name="xStride">Floats from one token of x to the next.</param>
    /// <param name="tokens">1 to <see cref="MaxTokens"/>.</param>
    /// <param name="weights">[n, k].</param>
    /// <param name="y">Result, [tokens, n]; does not overlap x.</param>
    public void Run(AcceleratorStream stream, ArrayView<float> x, int xStride, int tokens, FloatView weights, LinearOutput y)
    {
        var (kernel, rows) = tokens switch { 1 => (_one, 1), 2 => (_two, 2), <= 4 => (_four, 4), _ => (_eight, 8) };
        var shared = SharedMemoryConfig.RequestDynamic<Float4>(rows * 2 * PlaneStride);
        kernel(stream, new KernelConfig((weights.Rows + GroupRows - 1) / GroupRows, Threads, shared), x, xStride, tokens, weights, y);
    }

    private static void FourRowsPerWarp<TSums>(ArrayView<float> x, int xStride, int tokens, FloatView weights, LinearOutput y)
        where TSums : struct, IRowSums<TSums>
    {
        var staged = SharedMemory.GetDynamic<Float4>();
        var exchange = SharedMemory.Allocate<Float4>(GroupQuads * ExchangeStride);
        int lane = Group.IdxX % QuadThreads;
        int quad = Group.IdxX / QuadThreads;
        int row = (Grid.IdxX * GroupRows) + (quad * 4);
        // The last row stands in for those beyond it.
        int last = weights.Rows - 1;
        long row0 = (long)IntrinsicMath.Min(row, last) * weights.Columns;
        long row1 = (long)IntrinsicMath.Min(row + 1, last) * weights.Columns;
        long row2 = (long)IntrinsicMath.Min(row + 2, last) * weights.Columns;
        long row3 = (long)IntrinsicMath.Min(row + 3, last) * weights.Columns;
        var sums = default(TSums);
        for (int start = 0; start < weights.Columns; start += ChunkColumns)
        {
            Stage(x, xStride, tokens, sums.Rows, start, weights.Columns, staged.Cast<float>());
            Group.Barrier();
            for (int oct = lane; oct < ChunkOcts && start + (oct * 8) < weights.Columns; oct += QuadThreads)
            {
                int column = start + (oct * 8);
                var w0 = Load(weights, row0, column);
                var w1 = Load(weights, row1, column);
                var w2 = Load(weights, row2, column);
                var w3 = Load(weights, row3, column);
                sums.Add(
                    staged,
                    oct,
                    2 * PlaneStride,
                    new Float4(w0.Low.A, w1.Low.A, w2.Low.A, w3.Low.A),
                    new Float4(w0.Low.B, w1.Low.B, w2.Low.B, w3.Low.B),
                    new Float4(w0.Low.C, w1.Low.C, w2.Low.C, w3.Low.C),
                    new Float4(w0.Low.D, w1.Low.D, w2.Low.D, w3.Low.D));
                sums.Add(
                    staged,
                    PlaneStride + oct,
                    2 * PlaneStride,
                    new Float4(w0.High.A, w1.High.A, w2.High.A, w3.High.A),
                    new Float4(w0.High.B, w1.High.B, w2.High.B, w3.High.B),
                    new Float4(w0.High.C, w1.High.C, w2.High.C, w3.High.C),
                    new Float4(w0.High.D, w1.High.D, w2.High.D, w3.High.D));
            }

            Group.Barrier();
        }

        for (int token = 0; token < tokens; token++)
        {
            exchange[(quad * ExchangeStride) + lane] = sums.Get(token);
            Group.Barrier();
            int target = (Grid.IdxX * GroupRows) + Group.IdxX;
            if (Group.IdxX < GroupRows && target < weights.Rows)
            {
                var parts = exchange.Cast<float>();
                int first = (Group.IdxX / 4 * ExchangeStride * 4) + (Group.IdxX % 4);
                float sum = 0;
                for (int i = 0; i < QuadThreads; i++)
                {
                    sum += parts[first + (i * 4)];
                }

                y.Store(token, target, sum);
            }

            Group.Barrier();
        }
    }

    private static Float8 Load(FloatView weights, long row, int column)
    {
        if (weights.Columns % 8 == 0)
        {
            return weights.Oct((row + column) / 8);
        }

        int count = weights.Columns - column;
        return new Float8
        {
            Low = new Float4(Element(weights, row, column, 0, count), Element(weights, row, column, 1, count), Element(weights, row, column, 2, count), Element(weights, row, column, 3, count)),
            High = new Float4(Element(weights, row, column, 4, count), Element(weights, row, column, 5, count), Element(weights, row, column, 6, count), Element(weights, row, column, 7, count)),
        };
    }

    private static float Element(FloatView weights, long row, int column, int i, int count) => i < count ? weights.Element(row + column + i) : 0;

    /// <summary>Copies a chunk of the activations to shared memory; tokens and columns that are not there become 0.</summary>
    private static void Stage(ArrayView<float> x, int xStride, int tokens, int rows, int start, int columns, ArrayView<float> staged)
    {
        for (int token = 0; token < rows; token++)
        {
            for (int i = Group.IdxX; i < ChunkColumns; i += Threads)
            {
                bool exists = token < tokens && start + i < columns;
                int place = (((((token * 2) + (i / 4 % 2)) * PlaneStride) + (i / 8)) * 4) + (i % 4);
                staged[place] = exists ? x[((long)token * xStride) + start + i] : 0;
            }
        }
    }
}
