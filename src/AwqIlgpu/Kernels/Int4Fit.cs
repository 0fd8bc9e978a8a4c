using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Chooses scale and zero point of a group of up to 8 values so that the squared error of 16 levels is small.</summary>
/// <remarks>
/// Math: from a few starting ranges, the whole one and some a little narrower, alternates between the nearest levels and the least-squares line through
/// (level, value), and keeps the best. As llama.cpp's <c>make_qkx2_quants</c> does for weights.
/// </remarks>
internal static unsafe class Int4Fit
{
    private const int Top = 15;

    // Each start is narrower by 2 % at both ends.
    private const int Starts = 4;
    private const float Narrowing = 0.02f;

    // A second line changes a level now and then, a third hardly ever.
    private const int Lines = 2;

    /// <summary>Improves on the range from minimum to maximum.</summary>
    /// <param name="values">The group, [count].</param>
    /// <param name="count">1 to 8.</param>
    /// <param name="zero">Value of level 0; the minimum on entry.</param>
    /// <param name="scale">Value between two levels, positive.</param>
    public static void Improve(float* values, int count, ref float zero, ref float scale)
    {
        var x = VectorMath.LoadPartial(values, count);
        var counts = Vector256.LessThan(Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7), Vector256.Create(count)).AsSingle();
        float sumX = VectorMath.Sum(x);
        float min = zero;
        float range = scale * Top;
        float best = float.PositiveInfinity;
        for (int start = 0; start < Starts; start++)
        {
            float tryZero = min + (range * Narrowing * start);
            float tryScale = range * (1 - (2 * Narrowing * start)) / Top;
            for (int line = 0; line <= Lines && tryScale > 0; line++)
            {
                var q = Levels(x, tryZero, tryScale) & counts;
                var e = ((q * tryScale) + Vector256.Create(tryZero) - x) & counts;
                float error = VectorMath.Sum(e * e);
                if (error < best)
                {
                    (best, zero, scale) = (error, tryZero, tryScale);
                }

                float sumQ = VectorMath.Sum(q);
                float determinant = (count * VectorMath.Sum(q * q)) - (sumQ * sumQ);
                tryScale = determinant > 0 ? ((count * VectorMath.Sum(q * x)) - (sumQ * sumX)) / determinant : 0;
                tryZero = (sumX - (tryScale * sumQ)) / count;
            }
        }
    }

    private static Vector256<float> Levels(Vector256<float> values, float zero, float scale)
    {
        var levels = Vector256.Floor(((values - Vector256.Create(zero)) * (1 / scale)) + Vector256.Create(0.5f));
        return Vector256.Min(Vector256.Max(levels, Vector256<float>.Zero), Vector256.Create((float)Top));
    }
}
