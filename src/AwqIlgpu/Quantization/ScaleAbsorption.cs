namespace AwqIlgpu.Quantization;

/// <summary>Moves channel scales into a model so that it computes what it did: the operation before the linears is divided by them, the linears are multiplied.</summary>
/// <remarks>
/// <para>Math: <c>W x = (W * s) (x / s)</c>, s along W's input features.</para>
/// <para>That holds only where nothing but the multiplied linears reads the divided operation's output, and where what lies between is linear in each
/// channel: norm to linear, up to down (the gate multiplies it), value to output. It does not hold through a query or key norm, or past a router that is left out;
/// an activation function cannot take the scales in, it divides its output by them (AutoAWQ's <c>act.scales</c>).</para>
/// <para>Source: AutoAWQ 0.2.9, awq/quantize/scale.py.</para>
/// </remarks>
internal static class ScaleAbsorption
{
    /// <summary>Norm to linears, the norm's half: weight and bias divided by the scales.</summary>
    /// <param name="weight">[K].</param>
    /// <param name="bias">[K], or empty.</param>
    /// <param name="scales">[K].</param>
    /// <param name="offset">What the model adds to the stored weight before it multiplies: 1 for Gemma, else 0.</param>
    public static void DivideNorm(Span<float> weight, Span<float> bias, ReadOnlySpan<float> scales, float offset = 0)
    {
        RequireScales(scales, weight.Length, "norm");
        for (int i = 0; i < weight.Length; i++)
        {
            weight[i] = ((weight[i] + offset) / scales[i]) - offset;
        }

        for (int i = 0; i < bias.Length; i++)
        {
            bias[i] /= scales[i];
        }
    }

    /// <summary>Linear to linears, the first one's half: its last rows divided by the scales, as many as there are scales, so that the value part of a fused projection can be meant.</summary>
    /// <param name="previous">[N, K].</param>
    /// <param name="bias">[N], or empty.</param>
    /// <param name="scales">One per divided row.</param>
    public static void DivideLastRows(WeightMatrix previous, Span<float> bias, ReadOnlySpan<float> scales)
    {
        RequireScales(scales, Math.Min(scales.Length, previous.Rows), previous.Name);
        int first = previous.Rows - scales.Length;
        for (int i = 0; i < scales.Length; i++)
        {
            foreach (ref float value in previous.Row(first + i))
            {
                value /= scales[i];
            }

            if (!bias.IsEmpty)
            {
                bias[first + i] /= scales[i];
            }
        }
    }

    /// <summary>The linears' half: each column multiplied by its scale.</summary>
    /// <param name="linear">[N, K].</param>
    /// <param name="scales">[K].</param>
    public static void MultiplyColumns(WeightMatrix linear, ReadOnlySpan<float> scales)
    {
        RequireScales(scales, linear.Columns, linear.Name);
        for (int row = 0; row < linear.Rows; row++)
        {
            var values = linear.Row(row);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] *= scales[i];
            }
        }
    }

    /// <summary>Value to output, both halves: one scale per value channel, shared by the query heads that read it.</summary>
    /// <param name="value">[NumKvHeads * HeadDim, hidden], or a fused projection whose last rows are these.</param>
    /// <param name="valueBias">[value's rows], or empty.</param>
    /// <param name="output">[hidden, NumHeads * HeadDim].</param>
    /// <param name="scales">One per output input, [NumHeads * HeadDim].</param>
    /// <param name="heads">The heads between the two.</param>
    /// <exception cref="ArgumentException">Query heads of one KV head have different scales: that would change what the model computes. <see cref="KvHeadSharing"/> makes such scales equal.</exception>
    public static void ValueToOutput(WeightMatrix value, Span<float> valueBias, WeightMatrix output, ReadOnlySpan<float> scales, KvHeadSharing heads)
    {
        DivideLastRows(value, valueBias, heads.Shared(scales));
        MultiplyColumns(output, scales);
    }

    private static void RequireScales(ReadOnlySpan<float> scales, int expected, string name)
    {
        if (scales.Length != expected)
        {
            throw new ArgumentException($"{name}: {scales.Length} scales; expected {expected}.", nameof(scales));
        }

        for (int i = 0; i < scales.Length; i++)
        {
            if (!(scales[i] > 0 && float.IsFinite(scales[i])))
            {
                throw new ArgumentException($"{name}: scale {i} is {scales[i]}; expected a positive finite number.", nameof(scales));
            }
        }
    }
}
