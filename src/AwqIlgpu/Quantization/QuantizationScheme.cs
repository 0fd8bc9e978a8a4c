namespace AwqIlgpu.Quantization;

/// <summary>By which formula a group of weights becomes int4.</summary>
internal enum QuantizerRule
{
    /// <summary>The range always contains 0, the scale is the fp16 number that is stored, and |w - dequantised| is at most scale / 2 for every weight.</summary>
    Robust,

    /// <summary>AutoAWQ 0.2.9's formula in float arithmetic, floors and clamps included; what its search does on fp32 weights.</summary>
    ParitySingle,

    /// <summary>AutoAWQ 0.2.9's formula with every step rounded to fp16; what its final quantisation does.</summary>
    ParityHalf,
}

/// <summary>How a weight matrix is cut into groups and each group quantised.</summary>
/// <param name="GroupSize">Consecutive input features that share a scale; 0 or less for one group per row.</param>
/// <param name="Symmetric">Zero point fixed at 8; otherwise one zero point per group.</param>
/// <param name="Rule">The formula.</param>
internal readonly record struct QuantizationScheme(int GroupSize, bool Symmetric, QuantizerRule Rule)
{
    /// <summary>The group size for rows of <paramref name="columns"/> weights.</summary>
    /// <exception cref="ArgumentException">The columns are not a whole number of groups.</exception>
    public int GroupSizeFor(int columns)
    {
        if (GroupSize <= 0)
        {
            return columns;
        }

        return columns % GroupSize == 0
            ? GroupSize
            : throw new ArgumentException($"Rows of {columns} weights are not a whole number of groups of {GroupSize}; choose a group size that divides {columns}.", nameof(columns));
    }
}
