using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace AwqIlgpu.Kernels;

/// <summary>Exact sums of products of u4 weights (one per byte) with s8 activations, four to a 32-bit lane.</summary>
/// <remarks>A sum is <see cref="Begin"/>, at most eight <see cref="Add"/>, <see cref="End"/>; eight pairs of products of at most 15 * 127 fit 16 bits.</remarks>
internal interface IInt8Dot<TVector>
    where TVector : struct
{
    /// <summary>The accumulator to start with, given the int32 sums so far.</summary>
    static abstract TVector Begin(TVector sum);

    /// <summary>Adds each lane's four products to the accumulator.</summary>
    static abstract TVector Add(TVector accumulator, TVector weights, TVector activations);

    /// <summary>The int32 sums, the accumulator included.</summary>
    static abstract TVector End(TVector sum, TVector accumulator);
}

/// <summary>What all versions share.</summary>
internal static class Int8Dot
{
    /// <summary>Columns that one sum takes, four to an <see cref="IInt8Dot{TVector}.Add"/>.</summary>
    public const int ColumnsPerSum = 32;
}

/// <summary>512-bit <c>vpmaddubsw</c>, accumulated in 16 bits.</summary>
internal readonly struct PairDot512 : IInt8Dot<Vector512<int>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Begin(Vector512<int> sum) => Vector512<int>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Add(Vector512<int> accumulator, Vector512<int> weights, Vector512<int> activations)
    {
        if (Avx512BW.IsSupported)
        {
            return (accumulator.AsInt16() + Avx512BW.MultiplyAddAdjacent(weights.AsByte(), activations.AsSByte())).AsInt32();
        }

        var (w, x) = (weights.AsInt16(), activations.AsInt16());
        return (accumulator.AsInt16() + ((w & Vector512.Create((short)0xFF)) * ((x << 8) >> 8)) + ((w >>> 8) * (x >> 8))).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> End(Vector512<int> sum, Vector512<int> accumulator) => sum + (Avx512BW.IsSupported
        ? Avx512BW.MultiplyAddAdjacent(accumulator.AsInt16(), Vector512<short>.One)
        : ((accumulator << 16) >> 16) + (accumulator >> 16));
}

/// <summary>256-bit <c>vpmaddubsw</c>, accumulated in 16 bits.</summary>
internal readonly struct PairDot256 : IInt8Dot<Vector256<int>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Begin(Vector256<int> sum) => Vector256<int>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> accumulator, Vector256<int> weights, Vector256<int> activations)
    {
        if (Avx2.IsSupported)
        {
            return (accumulator.AsInt16() + Avx2.MultiplyAddAdjacent(weights.AsByte(), activations.AsSByte())).AsInt32();
        }

        var (w, x) = (weights.AsInt16(), activations.AsInt16());
        return (accumulator.AsInt16() + ((w & Vector256.Create((short)0xFF)) * ((x << 8) >> 8)) + ((w >>> 8) * (x >> 8))).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> End(Vector256<int> sum, Vector256<int> accumulator) => sum + (Avx2.IsSupported
        ? Avx2.MultiplyAddAdjacent(accumulator.AsInt16(), Vector256<short>.One)
        : ((accumulator << 16) >> 16) + (accumulator >> 16));
}

/// <summary>256-bit <c>vpdpbusd</c>, which accumulates in 32 bits.</summary>
internal readonly struct QuadDot256 : IInt8Dot<Vector256<int>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Begin(Vector256<int> sum) => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> accumulator, Vector256<int> weights, Vector256<int> activations) => AvxVnni.IsSupported
        ? AvxVnni.MultiplyWideningAndAdd(accumulator, weights.AsByte(), activations.AsSByte())
        : PairDot256.End(accumulator, PairDot256.Add(Vector256<int>.Zero, weights, activations));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> End(Vector256<int> sum, Vector256<int> accumulator) => accumulator;
}

/// <summary>128-bit <c>pmaddubsw</c>, accumulated in 16 bits.</summary>
internal readonly struct PairDot128 : IInt8Dot<Vector128<int>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Begin(Vector128<int> sum) => Vector128<int>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Add(Vector128<int> accumulator, Vector128<int> weights, Vector128<int> activations)
    {
        if (Ssse3.IsSupported)
        {
            return (accumulator.AsInt16() + Ssse3.MultiplyAddAdjacent(weights.AsByte(), activations.AsSByte())).AsInt32();
        }

        var (w, x) = (weights.AsInt16(), activations.AsInt16());
        return (accumulator.AsInt16() + ((w & Vector128.Create((short)0xFF)) * ((x << 8) >> 8)) + ((w >>> 8) * (x >> 8))).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> End(Vector128<int> sum, Vector128<int> accumulator) => sum + (Sse2.IsSupported
        ? Sse2.MultiplyAddAdjacent(accumulator.AsInt16(), Vector128<short>.One)
        : ((accumulator << 16) >> 16) + (accumulator >> 16));
}

/// <summary>Arm's <c>sdot</c>, which accumulates in 32 bits; a u4 weight is a valid signed byte.</summary>
internal readonly struct QuadDot128 : IInt8Dot<Vector128<int>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Begin(Vector128<int> sum) => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Add(Vector128<int> accumulator, Vector128<int> weights, Vector128<int> activations) => Dp.IsSupported
        ? Dp.DotProduct(accumulator, weights.AsSByte(), activations.AsSByte())
        : PairDot128.End(accumulator, PairDot128.Add(Vector128<int>.Zero, weights, activations));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> End(Vector128<int> sum, Vector128<int> accumulator) => accumulator;
}
