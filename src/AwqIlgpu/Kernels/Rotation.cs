namespace AwqIlgpu.Kernels;

/// <summary>One rope's frequencies for sequences of a certain length.</summary>
/// <param name="InverseFrequencies">Radians per position of each rotated pair.</param>
/// <param name="AttentionFactor">Factor on cosine and sine.</param>
internal sealed record Rotation(double[] InverseFrequencies, double AttentionFactor)
{
    /// <summary>The frequencies of <paramref name="parameters"/> for sequences of <paramref name="sequenceLength"/> tokens.</summary>
    public static Rotation For(RopeParameters parameters, int sequenceLength)
    {
        var inverseFrequencies = new double[parameters.RotaryDim / 2];
        double attentionFactor = RopeFrequencies.Compute(parameters, sequenceLength, inverseFrequencies);
        return new Rotation(inverseFrequencies, attentionFactor);
    }

    /// <summary>Whether sequences of two lengths have different frequencies.</summary>
    public static bool Differs(RopeParameters parameters, int length, int otherLength) => parameters.Type switch
    {
        RopeType.Dynamic => Math.Max(length, parameters.OriginalMaxPositions) != Math.Max(otherLength, parameters.OriginalMaxPositions),
        RopeType.LongRope => length > parameters.OriginalMaxPositions != otherLength > parameters.OriginalMaxPositions,
        _ => false,
    };
}
