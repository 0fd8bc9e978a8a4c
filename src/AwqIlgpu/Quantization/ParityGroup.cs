namespace AwqIlgpu.Quantization;

/// <summary>The scale and zero point of one group by AutoAWQ 0.2.9's formula in float arithmetic, bit for bit.</summary>
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
}
