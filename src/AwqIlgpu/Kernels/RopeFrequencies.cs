namespace AwqIlgpu.Kernels;

/// <summary>The angle per position of every rotary pair, and the factor on cosine and sine.</summary>
/// <remarks>
/// <para>Math: pair i of r/2 turns by <c>theta^(-2i/r)</c> per position, changed as <see cref="RopeType"/> says.</para>
/// <para>Source: RoPE arXiv:2104.09864; YaRN arXiv:2309.00071; LongRoPE arXiv:2402.13753; formulas as in Hugging Face transformers, <c>modeling_rope_utils.py</c>.</para>
/// </remarks>
internal static class RopeFrequencies
{
    /// <summary>Computes the frequencies.</summary>
    /// <param name="parameters">The model's rotary parameters.</param>
    /// <param name="sequenceLength">Tokens in the sequence, prompt and cache; matters for Dynamic and LongRope only.</param>
    /// <param name="inverseFrequencies">Receives radians per position, [RotaryDim / 2].</param>
    /// <returns>The attention factor, by which cosine and sine are multiplied.</returns>
    /// <exception cref="ArgumentException">A length does not fit the rotary dimension, or a needed value is missing.</exception>
    public static double Compute(RopeParameters parameters, int sequenceLength, Span<double> inverseFrequencies)
    {
        int pairs = parameters.RotaryDim / 2;
        if (parameters.RotaryDim < 2 || parameters.RotaryDim % 2 != 0 || inverseFrequencies.Length != pairs)
        {
            throw new ArgumentException($"Rope: rotary dimension {parameters.RotaryDim} with {inverseFrequencies.Length} frequencies; the dimension must be even and the frequencies half of it.", nameof(parameters));
        }

        if (parameters.OriginalMaxPositions <= 0 && parameters.Type is not (RopeType.Default or RopeType.Linear))
        {
            throw new ArgumentException($"Rope: {parameters.Type} needs the trained number of positions; found {parameters.OriginalMaxPositions}.", nameof(parameters));
        }

        double theta = parameters.Type == RopeType.Dynamic ? DynamicTheta(parameters, sequenceLength) : parameters.Theta;
        for (int i = 0; i < pairs; i++)
        {
            inverseFrequencies[i] = 1 / Math.Pow(theta, 2.0 * i / parameters.RotaryDim);
        }

        switch (parameters.Type)
        {
            case RopeType.Linear:
                foreach (ref double frequency in inverseFrequencies)
                {
                    frequency /= parameters.Factor;
                }

                return 1;
            case RopeType.Yarn:
                return Yarn(parameters, inverseFrequencies);
            case RopeType.LongRope:
                return LongRope(parameters, sequenceLength, inverseFrequencies);
            case RopeType.Llama3:
                Llama3(parameters, inverseFrequencies);
                return 1;
            default:
                return 1;
        }
    }

    private static double DynamicTheta(RopeParameters parameters, int sequenceLength)
    {
        double stretch = (double)Math.Max(sequenceLength, parameters.OriginalMaxPositions) / parameters.OriginalMaxPositions;
        double growth = (parameters.Factor * stretch) - (parameters.Factor - 1);
        return parameters.Theta * Math.Pow(growth, parameters.RotaryDim / (parameters.RotaryDim - 2.0));
    }

    private static double Yarn(RopeParameters parameters, Span<double> inverseFrequencies)
    {
        double low = YarnPair(parameters, parameters.BetaFast);
        double high = YarnPair(parameters, parameters.BetaSlow);
        if (parameters.Truncate)
        {
            low = Math.Floor(low);
            high = Math.Ceiling(high);
        }

        low = Math.Max(low, 0);
        high = Math.Min(high, parameters.RotaryDim - 1);
        double width = low == high ? 0.001 : high - low;
        for (int i = 0; i < inverseFrequencies.Length; i++)
        {
            double stretched = Math.Clamp((i - low) / width, 0, 1);
            inverseFrequencies[i] *= (stretched / parameters.Factor) + (1 - stretched);
        }

        if (parameters.AttentionFactor is { } given)
        {
            return given;
        }

        return parameters.Mscale != 0 && parameters.MscaleAllDim != 0
            ? YarnScale(parameters.Factor, parameters.Mscale) / YarnScale(parameters.Factor, parameters.MscaleAllDim)
            : YarnScale(parameters.Factor, 1);
    }

    /// <summary>The index, not rounded, of the pair that makes <paramref name="turns"/> full turns in the trained length.</summary>
    private static double YarnPair(RopeParameters parameters, double turns) =>
        parameters.RotaryDim * Math.Log(parameters.OriginalMaxPositions / (turns * 2 * Math.PI)) / (2 * Math.Log(parameters.Theta));

    private static double YarnScale(double factor, double mscale) => factor <= 1 ? 1 : (0.1 * mscale * Math.Log(factor)) + 1;

    private static double LongRope(RopeParameters parameters, int sequenceLength, Span<double> inverseFrequencies)
    {
        var factors = sequenceLength > parameters.OriginalMaxPositions ? parameters.LongFactors : parameters.ShortFactors;
        if (factors.Count != inverseFrequencies.Length)
        {
            throw new ArgumentException($"Rope: LongRope has {factors.Count} factors; expected {inverseFrequencies.Length}, half of the rotary dimension.", nameof(parameters));
        }

        for (int i = 0; i < inverseFrequencies.Length; i++)
        {
            inverseFrequencies[i] /= factors[i];
        }

        double following = parameters.Factor <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(parameters.Factor) / Math.Log(parameters.OriginalMaxPositions)));
        return parameters.AttentionFactor ?? following;
    }

    private static void Llama3(RopeParameters parameters, Span<double> inverseFrequencies)
    {
        foreach (ref double frequency in inverseFrequencies)
        {
            double turns = parameters.OriginalMaxPositions * frequency / (2 * Math.PI);
            double kept = Math.Clamp((turns - parameters.LowFrequencyFactor) / (parameters.HighFrequencyFactor - parameters.LowFrequencyFactor), 0, 1);
            frequency *= ((1 - kept) / parameters.Factor) + kept;
        }
    }
}
