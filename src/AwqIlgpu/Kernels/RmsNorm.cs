using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Scales each segment of a row to unit root mean square, then by a learned weight.</summary>
/// <remarks>
/// <para>Math: <c>y[t,s,i] = x[t,s,i] * weight[i] / sqrt(mean_i(x[t,s,i]^2) + eps)</c>.</para>
/// <para>Shapes: x and y are [rows, segments * width], weight is [width]. One segment normalises the hidden vector; one segment per head is the q/k norm.</para>
/// <para>Types: float in, float out, float accumulation (<see cref="Reference"/> accumulates in double).</para>
/// <para>Limit: memory; 8 bytes per element of x, the second read comes from cache.</para>
/// <para>Source: Zhang and Sennrich, 2019, arXiv:1910.07467; eps as in Llama.</para>
/// </remarks>
internal static unsafe class RmsNorm
{
    /// <summary>The definition in plain C#, which every other version is tested against.</summary>
    /// <param name="x">Input, [segments, width].</param>
    /// <param name="weight">Learned scale, [width].</param>
    /// <param name="eps">Added to the mean square.</param>
    /// <param name="y">Output, [segments, width]; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">x is not a multiple of width long, or y is not as long as x.</exception>
    public static void Reference(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float eps, Span<float> y)
    {
        int width = weight.Length;
        if (x.Length % width != 0 || y.Length != x.Length)
        {
            throw new ArgumentException($"RmsNorm: x has {x.Length} elements and y {y.Length}; both must be segments * width, and width is {width}.", nameof(x));
        }

        for (int start = 0; start < x.Length; start += width)
        {
            double sumOfSquares = 0;
            foreach (float value in x.Slice(start, width))
            {
                sumOfSquares += (double)value * value;
            }

            double scale = 1 / Math.Sqrt((sumOfSquares / width) + eps);
            for (int i = 0; i < width; i++)
            {
                y[start + i] = (float)(x[start + i] * scale * weight[i]);
            }
        }
    }

    /// <summary>Normalises <paramref name="rows"/> rows.</summary>
    /// <param name="x">Input, [rows, segments * width].</param>
    /// <param name="xStride">Floats from one row of x to the next.</param>
    /// <param name="weight">Learned scale, [width]; null for none.</param>
    /// <param name="eps">Added to the mean square.</param>
    /// <param name="y">Output, shaped as x; may be <paramref name="x"/> itself.</param>
    /// <param name="yStride">Floats from one row of y to the next.</param>
    /// <param name="rows">Rows to do.</param>
    /// <param name="segments">Segments in a row.</param>
    /// <param name="width">Floats in a segment.</param>
    public static void Run(float* x, nint xStride, float* weight, float eps, float* y, nint yStride, int rows, int segments, int width)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int segment = 0; segment < segments; segment++)
            {
                nint start = (nint)segment * width;
                Segment(x + (row * xStride) + start, weight, eps, y + (row * yStride) + start, width);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Segment(float* x, float* weight, float eps, float* y, nint width)
    {
        // Four sums hide the latency of the multiply-add.
        Vector256<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        nint i = 0;
        for (; i + 32 <= width; i += 32)
        {
            var x0 = Vector256.Load(x + i);
            var x1 = Vector256.Load(x + i + 8);
            var x2 = Vector256.Load(x + i + 16);
            var x3 = Vector256.Load(x + i + 24);
            sum0 = VectorMath.MultiplyAdd(x0, x0, sum0);
            sum1 = VectorMath.MultiplyAdd(x1, x1, sum1);
            sum2 = VectorMath.MultiplyAdd(x2, x2, sum2);
            sum3 = VectorMath.MultiplyAdd(x3, x3, sum3);
        }

        for (; i < width; i += 8)
        {
            var last = i + 8 <= width ? Vector256.Load(x + i) : VectorMath.LoadPartial(x + i, width - i);
            sum0 = VectorMath.MultiplyAdd(last, last, sum0);
        }

        float meanSquare = VectorMath.Sum((sum0 + sum1) + (sum2 + sum3)) / width;
        var scale = Vector256.Create(1 / MathF.Sqrt(meanSquare + eps));
        for (i = 0; i + 8 <= width; i += 8)
        {
            var value = Vector256.Load(x + i) * scale;
            (weight is null ? value : value * Vector256.Load(weight + i)).Store(y + i);
        }

        if (i < width)
        {
            var value = VectorMath.LoadPartial(x + i, width - i) * scale;
            VectorMath.StorePartial(weight is null ? value : value * VectorMath.LoadPartial(weight + i, width - i), y + i, width - i);
        }
    }
}
