namespace AwqIlgpu.Quantization;

/// <summary>Moves channel scales into a model so that it computes what it did: the operation before the linears is divided by them, the linears are multiplied.</summary>
/// <remarks>
/// <para>Math: <c>W x = (W * s) (x / s)</c>, s along W's input features.</para>
/// <para>That holds only where nothing but the multiplied linears reads the divided operation's output, and where what lies between is linear in each
/// channel: norm to linear, up to down (the gate multiplies it), value to output. It does not hold through a query or key norm, or past a router that is left out;
/// an activation function other than max(x, 0) cannot take the scales in, it divides its output by them (AutoAWQ's <c>act.scales</c>).</para>
/// <para>Source: AutoAWQ 0.2.9, awq/quantize/scale.py.</para>
/// </remarks>
internal static class ScaleAbsorption
{
    /// <summary>Norm to linears, the norm's half: weight and bias divided by the scales.</summary>
    /// <param name="weight">What the model multiplies by, [K].</param>
    /// <param name="bias">[K], or empty.</param>
    /// <param name="scales">[K].</param>
    public static void DivideNorm(Span<float> weight, Span<float> bias, ReadOnlySpan<float> scales)
    {
        RequireScales(scales, weight.Length, "norm");
        for (int i = 0; i < weight.Length; i++)
        {
            weight[i] /= scales[i];
        }

        for (int i = 0; i < bias.Length; i++)
        {
            bias[i] /= scales[i];
        }
    }

    /// <summary>The scales nearest to the wanted ones by which a norm can be divided exactly, its weights being stored in fp16.</summary>
    /// <remarks>Gemma's norms store weight - 1, so that the quotient by a large scale is known to few digits.</remarks>
    /// <param name="weight">What the model multiplies by, [K].</param>
    /// <param name="scales">The wanted scales, [K].</param>
    /// <param name="offset">What the model adds to the stored weight before it multiplies: 1 for Gemma, else 0.</param>
    /// <returns>[K]; 1 where the quotient would be stored as nothing.</returns>
    public static float[] StorableScales(ReadOnlySpan<float> weight, ReadOnlySpan<float> scales, float offset)
    {
        RequireScales(scales, weight.Length, "norm");
        var result = new float[scales.Length];
        for (int i = 0; i < result.Length; i++)
        {
            float quotient = (float)(Half)((weight[i] / scales[i]) - offset) + offset;
            float scale = weight[i] / quotient;
            result[i] = weight[i] == 0 ? scales[i] : scale > 0 && float.IsFinite(scale) ? scale : 1;
        }

        return result;
    }

    /// <summary>Linear to linears, the first one's half: some of its rows divided by the scales.</summary>
    /// <param name="previous">[N, K].</param>
    /// <param name="bias">[N], or empty.</param>
    /// <param name="rows">The rows: all, the last ones of a fused projection, or the values of each head.</param>
    /// <param name="scales">One per row of <paramref name="rows"/>.</param>
    public static void DivideRows(WeightMatrix previous, Span<float> bias, ReadOnlySpan<int> rows, ReadOnlySpan<float> scales)
    {
        RequireScales(scales, rows.Length, previous.Name);
        for (int i = 0; i < scales.Length; i++)
        {
            foreach (ref float value in previous.Row(rows[i]))
            {
                value /= scales[i];
            }

            if (!bias.IsEmpty)
            {
                bias[rows[i]] /= scales[i];
            }
        }
    }

    /// <summary>Activation to linears, the activation's half: what it is divided by grows by the scales.</summary>
    /// <param name="divisors">[K].</param>
    /// <param name="scales">[K].</param>
    public static void MultiplyDivisors(Span<float> divisors, ReadOnlySpan<float> scales)
    {
        RequireScales(scales, divisors.Length, "activation");
        for (int i = 0; i < divisors.Length; i++)
        {
            divisors[i] *= scales[i];
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
