using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Turns a head by an orthonormal Hadamard matrix: products of two turned heads stay the same, and an outlier is spread over all elements.</summary>
/// <remarks>
/// <para>Math: <c>y = x H / sqrt(n)</c> for every stretch of n elements, n the largest power of two that divides the head; H is symmetric, so turning twice gives x back.</para>
/// <para>Source: QuaRot, arXiv:2404.00456, which turns keys so before it rounds them to four bits.</para>
/// </remarks>
internal static unsafe class Hadamard
{
    /// <summary>The definition in plain C#: H[i, j] is -1 to the number of bits that i and j share.</summary>
    public static void Reference(ReadOnlySpan<float> x, Span<double> y)
    {
        int size = Size(x.Length);
        for (int i = 0; i < x.Length; i++)
        {
            double sum = 0;
            for (int j = 0; j < size; j++)
            {
                double value = x[(i / size * size) + j];
                sum += int.IsEvenInteger(System.Numerics.BitOperations.PopCount((uint)(i % size & j))) ? value : -value;
            }

            y[i] = sum / Math.Sqrt(size);
        }
    }

    /// <summary>Turns a head in place.</summary>
    /// <param name="head">[headDim].</param>
    /// <param name="headDim">Elements of the head.</param>
    public static void Run(float* head, int headDim)
    {
        int size = Size(headDim);
        for (int start = 0; start < headDim; start += size)
        {
            for (int stride = 1; stride < size; stride *= 2)
            {
                for (int pair = start; pair < start + size; pair += 2 * stride)
                {
                    Butterflies(head + pair, stride);
                }
            }
        }

        Elementwise.Scale(head, 1 / MathF.Sqrt(size), head, headDim);
    }

    private static int Size(int headDim) => headDim & -headDim;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Butterflies(float* low, int stride)
    {
        float* high = low + stride;
        int i = 0;
        for (; i + 8 <= stride; i += 8)
        {
            var a = Vector256.Load(low + i);
            var b = Vector256.Load(high + i);
            (a + b).Store(low + i);
            (a - b).Store(high + i);
        }

        for (; i < stride; i++)
        {
            (low[i], high[i]) = (low[i] + high[i], low[i] - high[i]);
        }
    }
}
