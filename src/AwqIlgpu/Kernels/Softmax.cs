using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Turns a row of logits into probabilities.</summary>
/// <remarks>
/// <para>Math: <c>y[i] = exp(x[i] - max x) / sum_j exp(x[j] - max x)</c>. A logit of -infinity gets exactly 0; a row of nothing else gets all 0.</para>
/// <para>Shapes: x and y are [rows, width].</para>
/// <para>Types: float, float accumulation in eight lanes (<see cref="Reference"/> computes in double).</para>
/// </remarks>
internal static unsafe class Softmax
{
    /// <summary>The definition in plain C#: one row.</summary>
    public static void Reference(ReadOnlySpan<float> x, Span<double> y)
    {
        double max = double.NegativeInfinity;
        foreach (float value in x)
        {
            max = Math.Max(max, value);
        }

        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = double.IsNegativeInfinity(max) ? 0 : Math.Exp(x[i] - max);
            sum += y[i];
        }

        for (int i = 0; i < x.Length && sum > 0; i++)
        {
            y[i] /= sum;
        }
    }

    /// <summary>Normalises <paramref name="rows"/> rows.</summary>
    /// <param name="x">Logits, [rows, width].</param>
    /// <param name="xStride">Floats from one row of x to the next.</param>
    /// <param name="y">Probabilities, [rows, width]; may be <paramref name="x"/> itself.</param>
    /// <param name="yStride">Floats from one row of y to the next.</param>
    /// <param name="rows">Rows to do.</param>
    /// <param name="width">Logits in a row.</param>
    public static void Run(float* x, nint xStride, float* y, nint yStride, int rows, nint width)
    {
        for (int row = 0; row < rows; row++)
        {
            Row(x + (row * xStride), y + (row * yStride), width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row(float* x, float* y, nint width)
    {
        nint whole = width & ~(nint)7;
        var maxima = Vector256.Create(float.NegativeInfinity);
        nint i = 0;
        for (; i < whole; i += 8)
        {
            maxima = Vector256.MaxNative(maxima, Vector256.Load(x + i));
        }

        float max = VectorMath.Max(maxima);
        for (; i < width; i++)
        {
            max = MathF.Max(max, x[i]);
        }

        // With nothing but -infinity, subtracting 0 keeps the exponentials at 0 instead of NaN.
        var shift = Vector256.Create(float.IsNegativeInfinity(max) ? 0 : max);
        Vector256<float> sums = default;
        for (i = 0; i < whole; i += 8)
        {
            var value = VectorMath.Exp(Vector256.Load(x + i) - shift);
            value.Store(y + i);
            sums += value;
        }

        float sum = VectorMath.Sum(sums);
        if (whole < width)
        {
            VectorMath.StorePartial(VectorMath.Exp(VectorMath.LoadPartial(x + whole, width - whole) - shift), y + whole, width - whole);
            for (i = whole; i < width; i++)
            {
                sum += y[i];
            }
        }

        Elementwise.Scale(y, sum == 0 ? 0 : 1 / sum, y, width);
    }
}
