using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Shifts each segment of a row to mean 0 and scales it to variance 1, then applies a learned weight and bias.</summary>
/// <remarks>
/// <para>Math: <c>y[t,s,i] = (x[t,s,i] - mean) / sqrt(mean_i((x[t,s,i] - mean)^2) + eps) * weight[i] + bias[i]</c>.</para>
/// <para>Shapes: x and y are [rows, segments * width]; weight and bias are [width].</para>
/// <para>Types: float in, float out; the variance is summed from deviations in a second pass, so a large mean does not cancel it away.</para>
/// <para>Limit: memory; 8 bytes per element of x, the later reads come from cache.</para>
/// <para>Source: Ba, Kiros and Hinton, 2016, arXiv:1607.06450.</para>
/// </remarks>
internal static unsafe class LayerNorm
{
    /// <summary>The definition in plain C#, which every other version is tested against.</summary>
    /// <param name="x">Input, [segments, width].</param>
    /// <param name="width">Floats in a segment.</param>
    /// <param name="weight">Learned scale, [width]; empty for none.</param>
    /// <param name="bias">Learned shift, [width]; empty for none.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="y">Output, [segments, width]; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">x is not a multiple of width long, or y is not as long as x.</exception>
    public static void Reference(ReadOnlySpan<float> x, int width, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float eps, Span<float> y)
    {
        if (x.Length % width != 0 || y.Length != x.Length)
        {
            throw new ArgumentException($"LayerNorm: x has {x.Length} elements and y {y.Length}; both must be segments * width, and width is {width}.", nameof(x));
        }

        for (int start = 0; start < x.Length; start += width)
        {
            double mean = 0;
            foreach (float value in x.Slice(start, width))
            {
                mean += value;
            }

            mean /= width;
            double variance = 0;
            foreach (float value in x.Slice(start, width))
            {
                variance += (value - mean) * (value - mean);
            }

            double scale = 1 / Math.Sqrt((variance / width) + eps);
            for (int i = 0; i < width; i++)
            {
                double value = (x[start + i] - mean) * scale;
                y[start + i] = (float)((value * (weight.IsEmpty ? 1 : weight[i])) + (bias.IsEmpty ? 0 : bias[i]));
            }
        }
    }

    /// <summary>Normalises <paramref name="rows"/> rows.</summary>
    /// <param name="x">Input, [rows, segments * width].</param>
    /// <param name="xStride">Floats from one row of x to the next.</param>
    /// <param name="weight">Learned scale, [width]; null for none.</param>
    /// <param name="bias">Learned shift, [width]; null for none.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="y">Output, shaped as x; may be <paramref name="x"/> itself.</param>
    /// <param name="yStride">Floats from one row of y to the next.</param>
    /// <param name="rows">Rows to do.</param>
    /// <param name="segments">Segments in a row.</param>
    /// <param name="width">Floats in a segment.</param>
    public static void Run(float* x, nint xStride, float* weight, float* bias, float eps, float* y, nint yStride, int rows, int segments, int width)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int segment = 0; segment < segments; segment++)
            {
                nint start = (nint)segment * width;
                Segment(x + (row * xStride) + start, weight, bias, eps, y + (row * yStride) + start, width);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Segment(float* x, float* weight, float* bias, float eps, float* y, nint width)
    {
        nint whole = width & ~(nint)7;
        Vector256<float> sum = default;
        nint i = 0;
        for (; i < whole; i += 8)
        {
            sum += Vector256.Load(x + i);
        }

        sum += VectorMath.LoadPartial(x + whole, width - whole);
        var mean = Vector256.Create(VectorMath.Sum(sum) / width);

        Vector256<float> squares = default;
        for (i = 0; i < whole; i += 8)
        {
            var deviation = Vector256.Load(x + i) - mean;
            squares = VectorMath.MultiplyAdd(deviation, deviation, squares);
        }

        float sumOfSquares = VectorMath.Sum(squares);
        for (; i < width; i++)
        {
            float deviation = x[i] - mean.ToScalar();
            sumOfSquares += deviation * deviation;
        }

        var scale = Vector256.Create(1 / MathF.Sqrt((sumOfSquares / width) + eps));
        for (i = 0; i < width; i += 8)
        {
            nint count = Math.Min(8, width - i);
            var value = (Load(x + i, count) - mean) * scale;
            value = weight is null ? value : value * Load(weight + i, count);
            value = bias is null ? value : value + Load(bias + i, count);
            if (count == 8)
            {
                value.Store(y + i);
            }
            else
            {
                VectorMath.StorePartial(value, y + i, count);
            }
        }
    }

    private static Vector256<float> Load(float* source, nint count) => count == 8 ? Vector256.Load(source) : VectorMath.LoadPartial(source, count);
}
