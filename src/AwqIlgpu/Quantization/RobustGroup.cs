namespace AwqIlgpu.Quantization;

/// <summary>The scale and zero point of one group with which no weight moves by more than half of the scale that is stored.</summary>
/// <remarks>
/// <para>Math: <c>scale = fp16((max(w, 0) - min(w, 0)) / 15)</c> or, symmetric, <c>fp16(max |w| / 7)</c>;
/// <c>q = clamp(round(w / scale) + zeroPoint, 0, 15)</c>.</para>
/// <para>The clamp costs more than half a step only where the rounded scale is a little small or, near the fp16 subnormals,
/// much too small; then the next fp16 number is taken, until both ends of the range are within half a step of a code.</para>
/// <para>Why float division suffices: (k + 1/2) * scale has 16 bits, so a weight that is not on this tie is at least one float away from it,
/// which is more than half of the quotient's last bit: the rounded quotient lies on the weight's side of the tie.</para>
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
}
