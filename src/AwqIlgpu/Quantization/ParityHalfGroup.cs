using System.Runtime.Intrinsics;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Quantization;

/// <summary><see cref="ParityGroup"/> with the weights and the result of every step rounded to fp16, as AutoAWQ 0.2.9 packs.</summary>
internal static class ParityHalfGroup
{
    private static readonly float s_floor = Round(1e-5f);

    /// <summary>Scale and zero point for weights between min and max; fails where AutoAWQ stops on NaN.</summary>
    public static GroupFit Fit(float min, float max, bool symmetric)
    {
        min = Round(min);
        max = Round(max);
        float scale = symmetric
            ? Round(Math.Max(Math.Max(max, -min), s_floor) / 7)
            : Round(Math.Max(Round(max - min), s_floor) / 15);
        if (!float.IsFinite(scale))
        {
            return GroupFit.None;
        }

        return new(scale, symmetric ? GroupFit.SymmetricZeroPoint : Math.Clamp(-MathF.Round(Round(min / scale)), 0, 15));
    }

    /// <summary>q - zeroPoint for each weight of a group.</summary>
    public static void Steps(ReadOnlySpan<float> group, GroupFit fit, bool symmetric, Span<float> steps)
    {
        float zero = symmetric ? -0f : 0f;
        var scales = Vector256.Create(fit.Scale);
        var low = Vector256.Create(-fit.ZeroPoint);
        var high = Vector256.Create(15 - fit.ZeroPoint);
        var zeros = Vector256.Create(zero);
        int i = 0;
        for (; i + Vector256<float>.Count <= group.Length; i += Vector256<float>.Count)
        {
            var step = Vector256.Round(Round(Round(Vector256.Create(group[i..])) / scales));
            (Vector256.MinNative(Vector256.MaxNative(step, low), high) + zeros).CopyTo(steps[i..]);
        }

        for (; i < group.Length; i++)
        {
            steps[i] = Math.Clamp(MathF.Round(Round(Round(group[i]) / fit.Scale)), -fit.ZeroPoint, 15 - fit.ZeroPoint) + zero;
        }
    }

    /// <summary>Rounds each value to the nearest fp16 number, in place.</summary>
    public static void Round(Span<float> values)
    {
        int i = 0;
        for (; i + Vector256<float>.Count <= values.Length; i += Vector256<float>.Count)
        {
            Round(Vector256.Create(values[i..])).CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            values[i] = Round(values[i]);
        }
    }

    private static float Round(float value) => (float)(Half)value;

    private static Vector256<float> Round(Vector256<float> value) => FloatConversion.HalfToSingle(FloatConversion.SingleToHalf(value));
}
