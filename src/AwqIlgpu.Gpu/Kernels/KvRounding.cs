using AwqIlgpu.Kernels;
using ILGPU;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Rounds a head to bytes with a scale and a zero point, as <see cref="QuantizedKv"/> does; a group of threads for a head of a token.</summary>
internal static class KvRounding
{
    /// <summary>Turns a head by <see cref="Hadamard"/>, in shared memory; a barrier stands before, and one must follow.</summary>
    /// <param name="heads">[rows, headDim], a row every <paramref name="rowStride"/> elements.</param>
    /// <param name="rows">Heads to turn.</param>
    /// <param name="headDim">Elements of a head.</param>
    /// <param name="rowStride">Elements from a head to the next; those beyond the head stay as they are.</param>
    /// <param name="threads">Threads of the group.</param>
    public static void Turn(ArrayView<float> heads, int rows, int headDim, int rowStride, int threads)
    {
        Group.Barrier();
        int size = headDim & -headDim;
        for (int stride = 1; stride < size; stride *= 2)
        {
            for (int pair = Group.IdxX; pair < rows * headDim / 2; pair += threads)
            {
                int row = pair / (headDim / 2);
                int inRow = pair % (headDim / 2);
                int low = (row * rowStride) + (inRow / stride * 2 * stride) + (inRow % stride);
                float a = heads[low];
                float b = heads[low + stride];
                heads[low] = a + b;
                heads[low + stride] = a - b;
            }

            Group.Barrier();
        }

        float factor = 1 / MathF.Sqrt(size);
        for (int i = Group.IdxX; i < rows * headDim; i += threads)
        {
            heads[(i / headDim * rowStride) + (i % headDim)] *= factor;
        }
    }

    /// <summary>Chooses scale and zero point of a head; a barrier stands before and after.</summary>
    /// <param name="head">[headDim], shared.</param>
    /// <param name="headDim">Elements of the head.</param>
    /// <param name="partial">Shared, one element for each thread.</param>
    /// <param name="threads">Threads of the group; a power of two.</param>
    public static RoundedScale Scale(ArrayView<float> head, int headDim, ArrayView<float> partial, int threads)
    {
        Group.Barrier();
        float min = head[0];
        float max = head[0];
        for (int i = Group.IdxX; i < headDim; i += threads)
        {
            min = IntrinsicMath.Min(min, head[i]);
            max = IntrinsicMath.Max(max, head[i]);
        }

        min = -GroupMax.Of(partial, -min, threads);
        max = GroupMax.Of(partial, max, threads);
        // Rounded before elements are, so that their rounding adds no error of its own.
        ushort zero = FloatBits.ToHalf(min);
        ushort scale = FloatBits.ToHalf((max - min) / 255);
        float step = FloatBits.LowHalf(scale);
        return new RoundedScale { ScaleBits = scale, ZeroBits = zero, Zero = FloatBits.LowHalf(zero), Inverse = step > 0 ? 1 / step : 0 };
    }
}

/// <summary>How a head becomes bytes.</summary>
internal struct RoundedScale
{
    /// <summary>The scale in fp16.</summary>
    public ushort ScaleBits;

    /// <summary>The zero point in fp16.</summary>
    public ushort ZeroBits;

    /// <summary>The zero point.</summary>
    public float Zero;

    /// <summary>1 / scale; 0 where all elements are alike, so that any byte gives them back.</summary>
    public float Inverse;

    /// <summary>The byte of an element.</summary>
    public readonly byte Level(float value) => (byte)(int)IntrinsicMath.Min(IntrinsicMath.Max(((value - Zero) * Inverse) + 0.5f, 0f), 255f);
}
