namespace AwqIlgpu.Quantization;

/// <summary>The channel scales that the search tries: powers of the input's magnitude, against the weight's.</summary>
/// <remarks>
/// <para>Math: <c>s = x^r / (w^(1-r) + 1e-4)</c> with duo scaling, else <c>x^r</c>; at least 1e-4; divided by sqrt(max * min); 1 where that is not positive and finite.
/// x is the mean |input| of a feature and w the mean over rows of |weight| relative to the largest of its group.</para>
/// <para>Source: AutoAWQ 0.2.9, awq/quantize/quantizer.py, _search_best_scale and _compute_best_scale.</para>
/// </remarks>
internal static class ScaleGrid
{
    /// <summary>Ratios are whole numbers of this many parts.</summary>
    public const int Size = 20;

    private const float Floor = 1e-4f;

    /// <summary>Mean over the rows of all linears of |w| / (largest |w| of its group + 1e-6).</summary>
    /// <param name="linears">Linears with the same inputs, each [N_i, K].</param>
    /// <param name="scheme">Group size.</param>
    /// <returns>[K].</returns>
    /// <exception cref="ArgumentException">The linears differ in K, or K is not a whole number of groups.</exception>
    public static float[] WeightMagnitude(IReadOnlyList<WeightMatrix> linears, QuantizationScheme scheme)
    {
        int columns = linears[0].Columns;
        int groupSize = scheme.GroupSizeFor(columns);
        var sums = new double[columns];
        foreach (var linear in linears)
        {
            if (linear.Columns != columns)
            {
                throw new ArgumentException($"{linear.Name} has {linear.Columns} inputs, {linears[0].Name} {columns}; linears that share an input have the same.", nameof(linears));
            }

            for (int start = 0; start < linear.Values.Length; start += groupSize)
            {
                var group = linear.Values.AsSpan(start, groupSize);
                var (min, max) = GroupFit.Range(group);
                float largest = Math.Max(max, -min) + 1e-6f;
                for (int i = 0; i < groupSize; i++)
                {
                    sums[(start % columns) + i] += Math.Abs(group[i]) / largest;
                }
            }
        }

        long rows = linears.Sum(l => (long)l.Rows);
        return Array.ConvertAll(sums, sum => (float)(sum / rows));
    }

    /// <summary>The scales at one point of the grid.</summary>
    /// <param name="inputMagnitude">x, [K].</param>
    /// <param name="weightMagnitude">w, [K]; null without duo scaling.</param>
    /// <param name="step">0..20; the ratio r is step / 20.</param>
    /// <returns>[K].</returns>
    public static float[] Scales(ReadOnlySpan<float> inputMagnitude, ReadOnlySpan<float> weightMagnitude, int step)
    {
        double ratio = step / (double)Size;
        var scales = new float[inputMagnitude.Length];
        float min = float.PositiveInfinity;
        float max = 0;
        for (int i = 0; i < scales.Length; i++)
        {
            float scale = MathF.Pow(inputMagnitude[i], (float)ratio);
            if (!weightMagnitude.IsEmpty)
            {
                scale /= MathF.Pow(weightMagnitude[i], (float)(1 - ratio)) + 1e-4f;
            }

            scales[i] = Math.Max(scale, Floor);
            min = Math.Min(min, scales[i]);
            max = Math.Max(max, scales[i]);
        }

        float middle = MathF.Sqrt(max * min);
        for (int i = 0; i < scales.Length; i++)
        {
            float scale = scales[i] / middle;
            scales[i] = scale > 0 && float.IsFinite(scale) ? scale : 1;
        }

        return scales;
    }
}
