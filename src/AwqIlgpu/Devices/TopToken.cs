using AwqIlgpu.Kernels;

namespace AwqIlgpu.Devices;

/// <summary>A token among the likeliest of a row of logits.</summary>
internal struct TopToken
{
    /// <summary>The token; of equal logits the lowest counts as the likeliest, and NaN as likelier than any.</summary>
    public int Id;

    /// <summary>Its logit.</summary>
    public float Logit;

    /// <summary>Natural log of its softmax probability.</summary>
    public float LogProbability;

    /// <summary>Nothing; makes the size a power of two, so that an array of these can begin wherever device memory is aligned.</summary>
    public int Padding;

    /// <summary>The likeliest token of a row.</summary>
    public static TopToken Of(ReadOnlySpan<float> logits)
    {
        float max = LogSumExp.Max(logits);
        double logSum = max + Math.Log(LogSumExp.Sum(logits, max, 1));
        return new TopToken { Id = logits.IndexOf(max), Logit = max, LogProbability = (float)(max - logSum) };
    }
}
