using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Joins the splits of decoding attention, in ascending order.</summary>
/// <remarks>
/// <para>Math: <c>o = sum_s e^(max_s - max) o_s / sum_s e^(max_s - max) sum_s</c>; a split that saw no key has the maximum -infinity and counts nothing.</para>
/// <para>Shapes: parts holds [segments, heads, splits, headDim] results, then [segments, heads, splits, 2] maxima and sums.</para>
/// <para>Launch: 128 threads for a head of a segment.</para>
/// <para>Limit: memory; written moments before.</para>
/// </remarks>
internal sealed class AttentionMergeKernel
{
    /// <summary>Floats beside the result of a split: its maximum and its sum.</summary>
    public const int StateFloats = 2;

    private const int Threads = 128;

    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, ArrayView<AttentionSegment>, int, ArrayView<float>, int> _groupPerHead;

    /// <summary>Compiles the kernel once for <paramref name="accelerator"/>.</summary>
    public AttentionMergeKernel(Accelerator accelerator) =>
        _groupPerHead = accelerator.LoadKernel<ArrayView<float>, int, ArrayView<AttentionSegment>, int, ArrayView<float>, int>(GroupPerHead);

    /// <summary>Queues the kernel on <paramref name="stream"/>; allocates nothing and does not wait.</summary>
    public void Run(AcceleratorStream stream, ArrayView<float> parts, int splits, ArrayView<AttentionSegment> segments, int heads, int headDim, ArrayView<float> output, int outputStride) =>
        _groupPerHead(stream, new KernelConfig(new Index3D(heads, segments.IntLength, 1), new Index3D(Threads, 1, 1)), parts, splits, segments, headDim, output, outputStride);

    private static void GroupPerHead(ArrayView<float> parts, int splits, ArrayView<AttentionSegment> segments, int headDim, ArrayView<float> output, int outputStride)
    {
        long first = (((long)Grid.IdxY * Grid.DimX) + Grid.IdxX) * splits;
        long states = ((long)Grid.DimY * Grid.DimX * splits * headDim) + (first * StateFloats);
        float max = float.NegativeInfinity;
        for (int split = 0; split < splits; split++)
        {
            max = IntrinsicMath.Max(max, parts[states + (split * StateFloats)]);
        }

        for (int i = Group.IdxX; i < headDim; i += Threads)
        {
            float sum = 0;
            float weights = 0;
            for (int split = 0; split < splits; split++)
            {
                float factor = XMath.Exp(parts[states + (split * StateFloats)] - max);
                weights += factor * parts[states + (split * StateFloats) + 1];
                sum += factor * parts[((first + split) * headDim) + i];
            }

            output[((long)segments[Grid.IdxY].FirstRow * outputStride) + ((long)Grid.IdxX * headDim) + i] = sum / weights;
        }
    }
}
