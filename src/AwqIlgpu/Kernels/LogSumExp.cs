using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Sums of exp((logit - max) / temperature) in double, the weights that softmax divides.</summary>
/// <remarks>
/// Only additions, multiplications and bit operations, in one fixed order with eight partial sums and no fused multiply-add: every
/// platform, with or without SIMD, gives the same bits, so a seeded draw gives the same token. The C library's exp does not promise that.
/// </remarks>
internal static class LogSumExp
{
    // Below it 2^k is subnormal; the weight counts as 0.
    private const double LowestExponent = -708;

    // Added and subtracted again it rounds to an integer, which then stands in the low bits of the sum.
    private const double Rounder = 6755399441055744; // 1.5 * 2^52
    private const double Log2E = 1.4426950408889634;

    // ln 2 in two parts, the first short enough that k times it is exact (fdlibm e_exp.c).
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

    // exp(r) = sum r^n / n!; up to n = 13 the rest is below 1e-17 for |r| <= ln(2) / 2.
    private static ReadOnlySpan<double> InverseFactorials =>
    [
        1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1, 1,
    ];

    /// <summary>The largest value; NaN where one is NaN, negative infinity where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Max(ReadOnlySpan<float> values)
    {
        int width = Vector256<float>.Count;
        int start = 0;
        float max = float.NegativeInfinity;
        if (values.Length >= width)
        {
            var largest = Vector256.Create(values);
            for (start = width; start <= values.Length - width; start += width)
            {
                largest = Vector256.Max(largest, Vector256.Create(values[start..]));
            }

            for (int lane = 0; lane < width; lane++)
            {
                max = MathF.Max(max, largest.GetElement(lane));
            }
        }

        foreach (float value in values[start..])
        {
            max = MathF.Max(max, value);
        }

        return max;
    }

    /// <summary>e to the <paramref name="x"/>, x at most 0, within two units in the last place; 0 below -708.</summary>
    public static double Exp(double x)
    {
        if (!(x >= LowestExponent))
        {
            return 0;
        }

        double rounded = (x * Log2E) + Rounder;
        double k = rounded - Rounder;
        double r = (x - (k * Ln2High)) - (k * Ln2Low);
        var coefficients = InverseFactorials;
        double sum = coefficients[0];
        for (int n = 1; n < coefficients.Length; n++)
        {
            sum = (sum * r) + coefficients[n];
        }

        return sum * BitConverter.Int64BitsToDouble((BitConverter.DoubleToInt64Bits(rounded) + 1023) << 52);
    }

    /// <summary>The sum of exp((logit - max) * inverseTemperature); logits at most <paramref name="max"/>, negative infinity counts as 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Sum(ReadOnlySpan<float> logits, float max, double inverseTemperature)
    {
        int width = Vector256<float>.Count;
        var maxVector = Vector256.Create((double)max);
        var scale = Vector256.Create(inverseTemperature);
        var lower = Vector256<double>.Zero;
        var upper = Vector256<double>.Zero;
        int start = 0;
        for (; start <= logits.Length - width; start += width)
        {
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(in MemoryMarshal.GetReference(logits), (nuint)start));
            lower += Exp((low - maxVector) * scale);
            upper += Exp((high - maxVector) * scale);
        }

        var both = lower + upper;
        double sum = both.GetElement(0) + both.GetElement(1) + both.GetElement(2) + both.GetElement(3);
        foreach (float logit in logits[start..])
        {
            sum += Exp(((double)logit - max) * inverseTemperature);
        }

        return sum;
    }

    // The scalar Exp, lane by lane.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Exp(Vector256<double> x)
    {
        var rounder = Vector256.Create(Rounder);
        var rounded = (x * Vector256.Create(Log2E)) + rounder;
        var k = rounded - rounder;
        var r = (x - (k * Vector256.Create(Ln2High))) - (k * Vector256.Create(Ln2Low));
        var coefficients = InverseFactorials;
        var sum = Vector256.Create(coefficients[0]);
        for (int n = 1; n < coefficients.Length; n++)
        {
            sum = (sum * r) + Vector256.Create(coefficients[n]);
        }

        var power = ((rounded.AsInt64() + Vector256.Create(1023L)) << 52).AsDouble();
        return Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(x, Vector256.Create(LowestExponent)), sum * power, Vector256<double>.Zero);
    }
}
