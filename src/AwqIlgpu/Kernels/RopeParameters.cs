namespace AwqIlgpu.Kernels;

/// <summary>What config.json says about rotary embedding; what a type does not use is ignored.</summary>
internal sealed record RopeParameters
{
    /// <summary>Which elements of a head make a pair.</summary>
    public RopeStyle Style { get; init; }

    /// <summary>Stretching of the frequencies.</summary>
    public RopeType Type { get; init; }

    /// <summary>Base of the frequencies, <c>rope_theta</c>.</summary>
    public double Theta { get; init; } = 10000;

    /// <summary>Elements at the start of a head that are turned; even.</summary>
    public required int RotaryDim { get; init; }

    /// <summary>Stretch, <c>factor</c>; for LongRope the stretch of the context, <c>max_position_embeddings / original_max_position_embeddings</c>.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Positions trained before stretching, <c>original_max_position_embeddings</c>; <c>max_position_embeddings</c> for Dynamic.</summary>
    public int OriginalMaxPositions { get; init; }

    /// <summary>Llama3: wavelengths above <see cref="OriginalMaxPositions"/> / this are stretched in full.</summary>
    public double LowFrequencyFactor { get; init; } = 1;

    /// <summary>Llama3: wavelengths below <see cref="OriginalMaxPositions"/> / this are kept.</summary>
    public double HighFrequencyFactor { get; init; } = 4;

    /// <summary>Yarn: frequencies that turn more often than this in the trained length are kept.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>Yarn: frequencies that turn less often than this in the trained length are stretched in full.</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>Yarn: whether the ends of the blend are rounded to whole indices.</summary>
    public bool Truncate { get; init; } = true;

    /// <summary>Yarn: numerator of the attention factor (DeepSeek); used only with <see cref="MscaleAllDim"/>; 0 for none.</summary>
    public double Mscale { get; init; }

    /// <summary>Yarn: denominator of the attention factor (DeepSeek); used only with <see cref="Mscale"/>; 0 for none.</summary>
    public double MscaleAllDim { get; init; }

    /// <summary>Yarn and LongRope: the attention factor, if the config gives it; otherwise it follows from the other values.</summary>
    public double? AttentionFactor { get; init; }

    /// <summary>LongRope: stretch per frequency for sequences up to <see cref="OriginalMaxPositions"/>, [RotaryDim / 2].</summary>
    public IReadOnlyList<double> ShortFactors { get; init; } = [];

    /// <summary>LongRope: stretch per frequency for longer sequences, [RotaryDim / 2].</summary>
    public IReadOnlyList<double> LongFactors { get; init; } = [];

    /// <summary>Whether the frequencies change with the length of the sequence.</summary>
    public bool DependsOnSequenceLength => Type is RopeType.Dynamic or RopeType.LongRope;
}
