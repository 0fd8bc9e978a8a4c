using System.Runtime.Intrinsics;

namespace AwqIlgpu.Quantization;

/// <summary>Rounds weights to int4, group by group, to the nearest code.</summary>
/// <remarks>
/// <para>Math: <c>w ≈ (q - zeroPoint) * scale</c>, q and zeroPoint in 0..15; the formulas are those of <see cref="RobustGroup"/> and <see cref="ParityGroup"/>.</para>
/// <para>Source: Lin et al., 2023, arXiv:2306.00978.</para>
/// </remarks>
internal static class PseudoQuantizer
{
    /// <summary>Quantises a whole matrix to the form that is stored.</summary>
    /// <exception cref="InvalidDataException">A weight is not finite, or a group spans more than an fp16 scale can.</exception>
    public static QuantizedMatrix Quantize(WeightMatrix weight, QuantizationScheme scheme)
    {
        int groupSize = scheme.GroupSizeFor(weight.Columns);
        int groups = weight.Columns / groupSize;
        var values = new byte[weight.Values.Length];
        var zeroPoints = new byte[weight.Rows * groups];
        var scales = new ushort[weight.Rows * groups];
        ParallelWork.Run(weight.Rows, row =>
        {
            var steps = new float[groupSize];
            for (int group = 0; group < groups; group++)
            {
                int start = (row * weight.Columns) + (group * groupSize);
                var fit = FitGroup(weight, row, group, groupSize, scheme);
                Steps(weight.Values.AsSpan(start, groupSize), fit, scheme, steps);
                for (int i = 0; i < groupSize; i++)
                {
                    values[start + i] = (byte)(steps[i] + fit.ZeroPoint);
                }

                zeroPoints[(row * groups) + group] = (byte)fit.ZeroPoint;
                scales[(row * groups) + group] = BitConverter.HalfToUInt16Bits((Half)fit.Scale);
            }
        });
        return new QuantizedMatrix(weight.Rows, weight.Columns, groupSize, values, zeroPoints, scales);
    }

    /// <summary>Scale and zero point of one group of a matrix.</summary>
    /// <exception cref="InvalidDataException">A weight is not finite, or the group spans more than the scale can.</exception>
    public static GroupFit FitGroup(WeightMatrix weight, int row, int group, int groupSize, QuantizationScheme scheme)
    {
        var (min, max) = GroupFit.Range(weight.Row(row).Slice(group * groupSize, groupSize));
        var fit = Fit(min, max, scheme);
        return fit.Succeeded ? fit : throw Unquantizable(weight, row, group, groupSize, min, max);
    }

    /// <summary>Scale and zero point for weights between min and max; <see cref="GroupFit.Succeeded"/> is false where there are none.</summary>
    public static GroupFit Fit(float min, float max, QuantizationScheme scheme) => scheme.Rule switch
    {
        QuantizerRule.Robust => RobustGroup.Fit(min, max, scheme.Symmetric),
        QuantizerRule.ParitySingle => ParityGroup.Fit(min, max, scheme.Symmetric),
        _ => ParityHalfGroup.Fit(min, max, scheme.Symmetric),
    };

    /// <summary>q - zeroPoint for each weight of a group.</summary>
    /// <param name="group">Weights, [groupSize].</param>
    /// <param name="fit">What <see cref="Fit"/> gave for the group's range.</param>
    /// <param name="scheme">The rule.</param>
    /// <param name="steps">Whole numbers in -zeroPoint..15-zeroPoint, [groupSize]; may be <paramref name="group"/> itself.</param>
    public static void Steps(ReadOnlySpan<float> group, GroupFit fit, QuantizationScheme scheme, Span<float> steps)
    {
        if (scheme.Rule == QuantizerRule.ParityHalf)
        {
            ParityHalfGroup.Steps(group, fit, scheme.Symmetric, steps);
            return;
        }

        // In AutoAWQ q - z is never -0, but a symmetric q is where round(w / s) is: adding 0 or -0 gives the same sign.
        float zero = scheme.Symmetric ? -0f : 0f;
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

    /// <summary>The weights that a group has after quantising and dequantising.</summary>
    /// <param name="group">Weights, [groupSize].</param>
    /// <param name="fit">What <see cref="Fit"/> gave for the group's range.</param>
    /// <param name="scheme">The rule.</param>
    /// <param name="dequantized">(q - zeroPoint) * scale, [groupSize]; may be <paramref name="group"/> itself.</param>
    public static void RoundTrip(ReadOnlySpan<float> group, GroupFit fit, QuantizationScheme scheme, Span<float> dequantized)
    {
        Steps(group, fit, scheme, dequantized);
        var scale = Vector256.Create(fit.Scale);
        int i = 0;
        for (; i + Vector256<float>.Count <= group.Length; i += Vector256<float>.Count)
        {
            (Vector256.Create<float>(dequantized[i..]) * scale).CopyTo(dequantized[i..]);
        }

        for (; i < group.Length; i++)
        {
            dequantized[i] *= fit.Scale;
        }

        if (scheme.Rule == QuantizerRule.ParityHalf)
        {
            ParityHalfGroup.Round(dequantized[..group.Length]);
        }
    }

    /// <summary>The error for a group that has no scale; says which group and why.</summary>
    public static InvalidDataException Unquantizable(WeightMatrix weight, int row, int group, int groupSize, float min, float max)
    {
        string where = $"{weight.Name}, row {row}, columns {group * groupSize} to {((group + 1) * groupSize) - 1}";
        return float.IsFinite(min) && float.IsFinite(max)
            ? new($"{where}: weights run from {min} to {max}, more than 15 steps of the largest fp16 scale (65504) or of this rule's arithmetic; keep this layer unquantised or mend the checkpoint.")
            : new($"{where}: found a weight that is NaN or infinite, expected finite weights; mend the checkpoint, for example from the fp32 original.");
    }
}
