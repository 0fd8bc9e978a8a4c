namespace AwqIlgpu.Tests;

/// <summary>The tolerances that tests use, by name.</summary>
public static class Close
{
    /// <summary>A float kernel without a sum, against its definition: 1e-6 absolute and relative.</summary>
    public static void Elementwise(string what, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual) => Within(what, expected, actual, 1e-6, 1e-6);

    /// <summary>A float kernel that ends in a sum, against its definition: 1e-5 absolute and relative.</summary>
    public static void AfterSum(string what, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual) => Within(what, expected, actual, 1e-5, 1e-5);

    /// <summary>A weight that a code can hold exactly but for the scale's rounding to fp16: 2^-11 relative, and 2^-24 absolute times 15 steps.</summary>
    public static void StoredScale(string what, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual) => Within(what, expected, actual, 15.0 / (1 << 24), 1.0 / (1 << 11));

    /// <summary>Channel scales and their ingredients against AutoAWQ in fp32: 1e-5 relative, which covers another order of a sum and another pow.</summary>
    public static void AutoAwqScales(string what, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual) => Within(what, expected, actual, 0, 1e-5);

    /// <summary>Channel scales against AutoAWQ in fp16: 5e-3 relative.</summary>
    public static void AutoAwqScalesInHalf(string what, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual) => Within(what, expected, actual, 0, 5e-3);

    /// <summary>Losses of a search against AutoAWQ in fp32: 1e-3 relative, since single weights may round the other way.</summary>
    public static void AutoAwqLosses(string what, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual) => Within(what, expected, actual, 0, 1e-3);

    /// <summary>Logits of a model whose scales were moved, against those before: 2e-4 absolute.</summary>
    public static void SameFunction(string what, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual) => Within(what, expected, actual, 2e-4, 0);

    /// <summary>Logits of a whole model of peaky attention and outlier channels, run in float with scales moved or sums in another order: 2e-3 absolute, as against transformers.</summary>
    public static void MovedScales(string what, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual) => Within(what, expected, actual, 2e-3, 0);

    /// <summary>A named budget, for example 2e-3 on the logits of a model.</summary>
    public static void Budget(string what, double absolute, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual) => Within(what, expected, actual, absolute, 0);

    /// <summary>An activation against its definition: 2e-6 of the larger of 1 and the value.</summary>
    public static void Activation(string what, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual) => Within(what, expected, actual, 2e-6, 2e-6);

    /// <summary>A turned query or key, whose table was computed in double, against float64: 1e-6 of the largest element.</summary>
    public static void Rope(string what, double largest, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual) => Within(what, expected, actual, 1e-6 * largest, 0);

    /// <summary>Frequencies in double against float64: 1e-12 of the value.</summary>
    public static void Frequencies(string what, ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-12 * Math.Abs(expected[i]), $"{what}: index {i}: expected {expected[i]}, actual {actual[i]}");
        }
    }

    /// <summary>Attention over a cache of 8 or 4 bits, random keys and values, against the exact one: 2 % or 15 % of its size as a whole.</summary>
    public static void QuantizedKv(string what, KvType type, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual) =>
        RelativeRms($"{what} {type}", type == KvType.Int4 ? 0.15 : 0.02, expected, actual);

    /// <summary>A layer norm of values whose mean is a thousand times their deviation: 1e-3.</summary>
    public static void CancellingNorm(string what, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual) => Within(what, expected, actual, 1e-3, 0);

    /// <summary>A named budget on the error as a whole: root mean square of the error over that of the expected values.</summary>
    public static void RelativeRms(string what, double budget, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual)
    {
        double relative = RelativeError(what, expected, actual);
        Assert.True(relative <= budget, $"{what}: relative error {relative}, budget {budget}");
    }

    /// <summary>Root mean square of the error over that of the expected values.</summary>
    public static double RelativeError(string what, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: {actual.Length} values, expected {expected.Length}");
        double error = 0;
        double size = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            error += (expected[i] - actual[i]) * (expected[i] - actual[i]);
            size += expected[i] * expected[i];
        }

        return Math.Sqrt(error / size);
    }

    /// <summary>|actual - expected| at most absolute + relative * |expected| everywhere; the failure names the first bad index and the largest error.</summary>
    public static void Within(string what, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, double absolute, double relative)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: {actual.Length} values, expected {expected.Length}");
        int firstBad = -1;
        double largest = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs(expected[i] - actual[i]);
            bool same = double.IsNaN(expected[i]) ? float.IsNaN(actual[i]) : (float)expected[i] == actual[i] || error <= absolute + (relative * Math.Abs(expected[i]));
            if (!same && firstBad < 0)
            {
                firstBad = i;
            }

            largest = Math.Max(largest, double.IsNaN(error) ? double.PositiveInfinity : error);
        }

        if (firstBad >= 0)
        {
            Assert.Fail($"{what}: first bad index {firstBad}: expected {expected[firstBad]}, actual {actual[firstBad]}; largest error {largest}");
        }
    }
}
