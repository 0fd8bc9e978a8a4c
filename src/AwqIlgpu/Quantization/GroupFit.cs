using System.Runtime.Intrinsics;

namespace AwqIlgpu.Quantization;

/// <summary>The scale and zero point of one group; a NaN scale says that the group cannot be quantised.</summary>
/// <param name="Scale">Positive.</param>
/// <param name="ZeroPoint">A whole number in 0..15; 8 where symmetric.</param>
internal readonly record struct GroupFit(float Scale, float ZeroPoint)
{
    public const float SymmetricZeroPoint = 8;

    public static GroupFit None => new(float.NaN, 0);

    public bool Succeeded => !float.IsNaN(Scale);

    /// <summary>Smallest and largest weight of a group; NaN if it holds one.</summary>
    public static (float Min, float Max) Range(ReadOnlySpan<float> group)
    {
        float min = group[0];
        float max = group[0];
        int i = 0;
        if (group.Length >= Vector256<float>.Count)
        {
            var mins = Vector256.Create(group);
            var maxs = mins;
            for (i = Vector256<float>.Count; i + Vector256<float>.Count <= group.Length; i += Vector256<float>.Count)
            {
                var w = Vector256.Create(group[i..]);
                mins = Vector256.Min(mins, w);
                maxs = Vector256.Max(maxs, w);
            }

            for (int lane = 0; lane < Vector256<float>.Count; lane++)
            {
                min = Math.Min(min, mins[lane]);
                max = Math.Max(max, maxs[lane]);
            }
        }

        for (; i < group.Length; i++)
        {
            min = Math.Min(min, group[i]);
            max = Math.Max(max, group[i]);
        }

        return (min, max);
    }
}
