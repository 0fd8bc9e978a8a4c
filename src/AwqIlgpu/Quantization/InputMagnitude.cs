namespace AwqIlgpu.Quantization;

/// <summary>Adds up the mean absolute value of each input feature over calibration tokens: AWQ's activation scale.</summary>
/// <param name="features">Input features.</param>
internal sealed class InputMagnitude(int features)
{
    private readonly double[] _sums = new double[features];
    private long _tokens;

    /// <summary>Adds inputs, [tokens, features].</summary>
    /// <exception cref="ArgumentException">inputs is not a whole number of tokens.</exception>
    public void Add(ReadOnlySpan<float> inputs)
    {
        if (inputs.Length % features != 0)
        {
            throw new ArgumentException($"{inputs.Length} values are not a whole number of tokens of {features} features.", nameof(inputs));
        }

        for (int start = 0; start < inputs.Length; start += features)
        {
            var token = inputs.Slice(start, features);
            for (int i = 0; i < token.Length; i++)
            {
                _sums[i] += Math.Abs(token[i]);
            }
        }

        _tokens += inputs.Length / features;
    }

    /// <summary>The mean so far, [features].</summary>
    public float[] ToArray() => Array.ConvertAll(_sums, sum => (float)(sum / _tokens));
}
