using System.Runtime.Intrinsics;

namespace AwqIlgpu.Quantization;

/// <summary>Quantises one group so that no weight moves by more than half of the scale that is stored.</summary>
/// <remarks>
/// <para>Math: <c>scale = fp16((max(w, 0) - min(w, 0)) / 15)</c> or, symmetric, <c>fp16(max |w| / 7)</c>;
/// <c>q = clamp(round(w / scale) + zeroPoint, 0, 15)</c>.</para>
/// <para>The clamp costs more than half a step only where the rounded scale is a little small or, near the fp16 subnormals,
/// much too small; then the next fp16 number is taken, until both ends of the range are within half a step of a code.</para>
/// </remarks>
internal static class RobustGroup
{
    private const ushort SmallestHalf = 1;
    private const ushort InfiniteHalf = 0x7C00;

    /// <summary>Scale and zero point for weights between min and max; fails where one is not finite or no finite fp16 scale spans them.</summary>
    public static GroupFit Fit(float min, float max, bool symmetric)
    {
        if (!float.IsFinite(min) || !float.IsFinite(max))
        {
            return GroupFit.None;
        }

        min = Math.Min(min, 0);
        max = Math.Max(max, 0);
        if (min == max)
        {
            return new(1, symmetric ? GroupFit.SymmetricZeroPoint : 0);
        }

        double exact = symmetric ? Math.Max(max, -(double)min) / 7 : ((double)max - min) / 15;
        for (ushort bits = Math.Max(SmallestHalf, BitConverter.HalfToUInt16Bits((Half)exact)); bits < InfiniteHalf; bits++)
        {
            float scale = (float)BitConverter.UInt16BitsToHalf(bits);
            float zeroPoint = symmetric ? GroupFit.SymmetricZeroPoint : Math.Clamp(MathF.Round(-min / scale), 0, 15);

            // Exact in float: a code times an fp16 scale has 15 bits, and a difference that comes near scale / 2 has operands within a factor of 2.
            if (max - ((15 - zeroPoint) * scale) <= scale / 2 && min + (zeroPoint * scale) >= -scale / 2)
            {
                return new(scale, zeroPoint);
            }
        }

        return GroupFit.None;
    }

    /// <summary>q - zeroPoint for each weight of a group.</summary>
    public static void Steps(ReadOnlySpan<float> group, GroupFit fit, Span<float> steps)
    {
        var scale = Vector256.Create(fit.Scale);
        var half = Vector256.Create(fit.Scale / 2);
        var low = Vector256.Create(-fit.ZeroPoint);
        var high = Vector256.Create(15 - fit.ZeroPoint);
        int i = 0;
        for (; i + Vector256<float>.Count <= group.Length; i += Vector256<float>.Count)
        {
            var w = Vector256.Create(group[i..]);
            var step = Vector256.Round(w / scale);

            // The quotient is rounded before it is rounded to a whole number, so just beside a tie the step can be the farther one.
            var rest = w - (step * scale);
            step += Vector256.GreaterThan(rest, half) & Vector256<float>.One;
            step -= Vector256.LessThan(rest, -half) & Vector256<float>.One;
            Vector256.MinNative(Vector256.MaxNative(step, low), high).CopyTo(steps[i..]);
        }

        for (; i < group.Length; i++)
        {
            float step = MathF.Round(group[i] / fit.Scale);
            float rest = group[i] - (step * fit.Scale);
            step += rest > fit.Scale / 2 ? 1 : rest < -fit.Scale / 2 ? -1 : 0;
            steps[i] = Math.Clamp(step, -fit.ZeroPoint, 15 - fit.ZeroPoint);
        }
    }
}
