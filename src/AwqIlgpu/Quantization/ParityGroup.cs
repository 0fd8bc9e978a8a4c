using System.Runtime.Intrinsics;

namespace AwqIlgpu.Quantization;

/// <summary>Quantises one group with AutoAWQ 0.2.9's formula in float arithmetic, bit for bit.</summary>
/// <remarks>
/// <para>Math, asymmetric: <c>s = max(max - min, 1e-5) / 15; z = clamp(-round(min / s), 0, 15); q = clamp(round(w / s) + z, 0, 15)</c>.
/// Symmetric: <c>s = max(max |w|, 1e-5) / 7; q = clamp(round(w / s), -8, 7)</c>. Rounding is half to even.</para>
/// <para>Where all weights of a group share a sign the clamps can put a weight many scales off.
/// Clipped groups are symmetric, so -min / s is 7.5 but for the last bit, which decides between z = 7 and 8: no fused operations and no reciprocals.</para>
/// <para>Source: AutoAWQ 0.2.9, awq/quantize/quantizer.py, pseudo_quantize_tensor.</para>
/// </remarks>
internal static class ParityGroup
{
    private const float Floor = 1e-5f;

    /// <summary>Scale and zero point for weights between min and max; fails where AutoAWQ stops on NaN.</summary>
    public static GroupFit Fit(float min, float max, bool symmetric)
    {
        float scale = symmetric
            ? Math.Max(Math.Max(max, -min), Floor) / 7
            : Math.Max(max - min, Floor) / 15;
        if (!float.IsFinite(scale))
        {
            return GroupFit.None;
        }

        return new(scale, symmetric ? GroupFit.SymmetricZeroPoint : Math.Clamp(-MathF.Round(min / scale), 0, 15));
    }

    /// <summary>q - zeroPoint for each weight of a group.</summary>
    public static void Steps(ReadOnlySpan<float> group, GroupFit fit, bool symmetric, Span<float> steps)
    {
        // q - z is never -0, but a symmetric q is where round(w / s) is: adding 0 or -0 gives the same sign.
        float zero = symmetric ? -0f : 0f;
        var scales = Vector256.Create(fit.Scale);
        var low = Vector256.Create(-fit.ZeroPoint);
        var high = Vector256.Create(15 - fit.ZeroPoint);
        var zeros = Vector256.Create(zero);
        int i = 0;
        for (; i + Vector256<float>.Count <= group.Length; i += Vector256<float>.Count)
        {
            var step = Vector256.Round(Vector256.Create(group[i..]) / scales);
            (Vector256.MinNative(Vector256.MaxNative(step, low), high) + zeros).CopyTo(steps[i..]);
        }

        for (; i < group.Length; i++)
        {
            steps[i] = Math.Clamp(MathF.Round(group[i] / fit.Scale), -fit.ZeroPoint, 15 - fit.ZeroPoint) + zero;
        }
    }
}
