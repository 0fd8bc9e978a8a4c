using System.Runtime.Intrinsics;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

/// <summary>A way to compute a unit of attention: with products of floats, or of 16-bit integers in vectors of each width.</summary>
internal sealed unsafe class AttentionArithmetic(string name, bool isInt16, AttentionArithmetic.UnitRunner runUnit)
{
    public delegate void UnitRunner(in AttentionShape shape, in KvPool pool, in AttentionSequence sequence, float* sinks, int unit, byte* workspace);

    public static AttentionArithmetic Float { get; } = new("float", false, PagedAttention.RunUnit);

    public static IReadOnlyList<AttentionArithmetic> Int16 { get; } =
    [
        new("int16, 4 lanes", true, Int16Attention.RunUnit<Lanes128, Vector128<int>, Four>),
        new("int16, 8 lanes", true, Int16Attention.RunUnit<Lanes256, Vector256<int>, Four>),
        new("int16, 16 lanes", true, Int16Attention.RunUnit<Lanes512, Vector512<int>, Eight>),
        .. Int16Attention.IsFast ? [new AttentionArithmetic("int16, best width", true, PagedAttention.RunUnit)] : Array.Empty<AttentionArithmetic>(),
    ];

    public static IReadOnlyList<AttentionArithmetic> All { get; } = [Float, .. Int16];

    public bool IsInt16 => isInt16;

    public UnitRunner RunUnit => runUnit;

    /// <summary>Compares a result with the definition, which gets what this arithmetic rounds queries, keys and values to. Beside it integers round weights, to half of 1 / 8191 each: 1e-3 of values of a size of 1.</summary>
    public void AssertClose(AttentionShape shape, float[] query, float[] keys, float[] values, float[] sinks, float[] actual, double tolerance = 1e-5)
    {
        if (isInt16)
        {
            query = Round(query, shape.HeadDimK, shape.HeadDimK);
            keys = Round(keys, shape.HeadDimK, shape.HeadDimK);
            values = Round(values, shape.HeadDimV, KvBlockLayout.BlockSize);
            tolerance += 1e-3;
        }

        double[] expected = new double[actual.Length];
        PagedAttention.Reference(shape, query, keys, values, sinks, expected);
        Close.Within($"{shape} {name}", expected, actual, tolerance, tolerance);
    }

    public override string ToString() => name;

    /// <summary>Rows of numbers as integers times a scale, as many steps as products of <paramref name="terms"/> such fit 32 bits.</summary>
    public static float[] Round(float[] numbers, int columns, int terms)
    {
        float top = (float)Math.Min(32767, Math.Floor(Math.Sqrt((Math.Pow(2, 31) - 1) / terms)));
        return [.. numbers.Chunk(columns).SelectMany(row =>
        {
            float max = row.Max(MathF.Abs);
            return row.Select(number => max < 1e-33f ? 0 : (float)Math.Round((double)number * (top / max)) * (max / top));
        })];
    }
}
