using System.Runtime.Intrinsics;

namespace AwqIlgpu.Quantization;

/// <summary>The clip limits of a linear layer.</summary>
/// <param name="GroupSize">Input features of a group.</param>
/// <param name="MaxValues">Largest magnitude that a weight may keep, [N, G].</param>
/// <param name="Steps">Index of the limit in the grid, [N, G]; 0 clips nothing.</param>
/// <param name="Errors">Mean squared output error with these limits, [N, G].</param>
/// <param name="UnclippedErrors">The same without clipping, [N, G].</param>
internal sealed record ClipSearchResult(int GroupSize, float[] MaxValues, byte[] Steps, float[] Errors, float[] UnclippedErrors)
{
    /// <summary>Clamps a weight to limits of its shape, in place.</summary>
    /// <param name="weight">[N, K].</param>
    /// <param name="maxValues">[N, G].</param>
    public static void Apply(WeightMatrix weight, ReadOnlySpan<float> maxValues)
    {
        int groupSize = weight.Values.Length / maxValues.Length;
        for (int i = 0; i < maxValues.Length; i++)
        {
            Clamp(weight.Values.AsSpan(i * groupSize, groupSize), maxValues[i]);
        }
    }

    /// <summary>Clamps values to -limit..limit, in place.</summary>
    public static void Clamp(Span<float> values, float limit)
    {
        var high = Vector256.Create(limit);
        int i = 0;
        for (; i + Vector256<float>.Count <= values.Length; i += Vector256<float>.Count)
        {
            Vector256.MinNative(Vector256.MaxNative(Vector256.Create<float>(values[i..]), -high), high).CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            values[i] = Math.Clamp(values[i], -limit, limit);
        }
    }
}
