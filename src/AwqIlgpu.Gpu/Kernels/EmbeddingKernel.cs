using ILGPU;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Copies the rows of the embedding table that a batch's token ids name, as floats times a scale, or adds them to what is there.</summary>
/// <remarks>
/// <para>Shapes: table is [vocabulary, hidden], ids is [tokens], y is [tokens, hidden]. Ids are below the vocabulary; the caller has checked.</para>
/// <para>Launch: a thread for each element, 256 a group.</para>
/// <para>Limit: memory.</para>
/// </remarks>
internal sealed class EmbeddingKernel
{
    private const int Threads = 256;

    private readonly Action<AcceleratorStream, KernelConfig, FloatView, ArrayView<int>, int, float, int, ArrayView<float>, int> _threadPerElement;

    /// <summary>Compiles the kernel once for <paramref name="accelerator"/>.</summary>
    public EmbeddingKernel(Accelerator accelerator) =>
        _threadPerElement = accelerator.LoadKernel<FloatView, ArrayView<int>, int, float, int, ArrayView<float>, int>(ThreadPerElement);

    /// <summary>Queues the kernel on <paramref name="stream"/>; allocates nothing and does not wait.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="table">[vocabulary, hidden].</param>
    /// <param name="ids">[tokens].</param>
    /// <param name="offset">Row of id 0.</param>
    /// <param name="scale">Factor.</param>
    /// <param name="accumulate">Whether to add to y.</param>
    /// <param name="tokens">Tokens to do.</param>
    /// <param name="y">[tokens, hidden].</param>
    /// <param name="yStride">Floats from one token of y to the next.</param>
    public void Run(AcceleratorStream stream, FloatView table, ArrayView<int> ids, int offset, float scale, bool accumulate, int tokens, ArrayView<float> y, int yStride) =>
        _threadPerElement(stream, new KernelConfig(new Index3D((table.Columns + Threads - 1) / Threads, tokens, 1), new Index3D(Threads, 1, 1)), table, ids, offset, scale, accumulate ? 1 : 0, y, yStride);

    private static void ThreadPerElement(FloatView table, ArrayView<int> ids, int offset, float scale, int accumulate, ArrayView<float> y, int yStride)
    {
        int column = (Grid.IdxX * Threads) + Group.IdxX;
        if (column < table.Columns)
        {
            long to = ((long)Grid.IdxY * yStride) + column;
            float value = scale * table.Element((((long)ids[Grid.IdxY] + offset) * table.Columns) + column);
            y[to] = accumulate != 0 ? y[to] + value : value;
        }
    }
}
