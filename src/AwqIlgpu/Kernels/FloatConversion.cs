using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Converts between float and the two 16-bit float types, many values at a time; bit for bit what <see cref="Half"/> and round-to-nearest-even bfloat16 give.</summary>
/// <remarks>The vector forms use only portable operations, so they run, and are tested, at every vector width.</remarks>
internal static class FloatConversion
{
    /// <summary>Eight fp16 bit patterns to floats; infinities and NaN included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> HalfToSingle(Vector128<ushort> half)
    {
        var bits = Vector256.Create(Vector128.WidenLower(half), Vector128.WidenUpper(half));
        var magnitude = bits & Vector256.Create(0x7FFFu);
        // Shifted by 13 the exponent is 112 too small; multiplying by 2^112 mends it and makes subnormals normal.
        var value = (magnitude << 13).AsSingle() * Vector256.Create(BitConverter.UInt32BitsToSingle(0x77800000));
        var special = Vector256.GreaterThan(magnitude, Vector256.Create(0x7BFFu)) & Vector256.Create(0x7F800000u);
        return (value.AsUInt32() | special | ((bits & Vector256.Create(0x8000u)) << 16)).AsSingle();
    }

    /// <summary>Sixteen fp16 bit patterns to floats; infinities and NaN included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> HalfToSingle(Vector256<ushort> half)
    {
        var bits = Vector512.Create(Vector256.WidenLower(half), Vector256.WidenUpper(half));
        var magnitude = bits & Vector512.Create(0x7FFFu);
        var value = (magnitude << 13).AsSingle() * Vector512.Create(BitConverter.UInt32BitsToSingle(0x77800000));
        var special = Vector512.GreaterThan(magnitude, Vector512.Create(0x7BFFu)) & Vector512.Create(0x7F800000u);
        return (value.AsUInt32() | special | ((bits & Vector512.Create(0x8000u)) << 16)).AsSingle();
    }

    /// <summary>Eight bf16 bit patterns to floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> BFloat16ToSingle(Vector128<ushort> value) =>
        (Vector256.Create(Vector128.WidenLower(value), Vector128.WidenUpper(value)) << 16).AsSingle();

    /// <summary>Sixteen bf16 bit patterns to floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> BFloat16ToSingle(Vector256<ushort> value) =>
        (Vector512.Create(Vector256.WidenLower(value), Vector256.WidenUpper(value)) << 16).AsSingle();

    /// <summary>One bf16 bit pattern to float.</summary>
    public static float BFloat16ToSingle(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);

    /// <summary>One float to bf16, rounded to nearest even; NaN stays NaN.</summary>
    public static ushort SingleToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>Eight floats to fp16 bit patterns, rounded to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ushort> SingleToHalf(Vector256<float> value)
    {
        var bits = value.AsUInt32();
        var sign = bits & Vector256.Create(0x80000000u);
        var magnitude = bits ^ sign;

        // 2^16 and above, infinity and NaN.
        var large = Vector256.ConditionalSelect(Vector256.GreaterThan(magnitude, Vector256.Create(0x7F800000u)), Vector256.Create(0x7E00u), Vector256.Create(0x7C00u));
        // Below 2^-14: adding 0.5 lets the adder round the subnormal's bits to their place.
        var magic = Vector256.Create(0x3F000000u);
        var small = (magnitude.AsSingle() + magic.AsSingle()).AsUInt32() - magic;
        // Rebias the exponent (15 - 127) and round half to even.
        var normal = (magnitude + Vector256.Create(0xC8000FFFu) + ((magnitude >> 13) & Vector256<uint>.One)) >> 13;

        var result = Vector256.ConditionalSelect(Vector256.LessThan(magnitude, Vector256.Create(0x38800000u)), small, normal);
        result = Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(0x47800000u)), large, result);
        result |= sign >> 16;
        return Vector128.Narrow(result.GetLower(), result.GetUpper());
    }

    /// <summary>Converts a span of fp16 bit patterns; the spans have the same length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void HalfToSingle(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        int i = 0;
        for (; i + 8 <= source.Length; i += 8)
        {
            HalfToSingle(Vector128.Create(source[i..])).CopyTo(destination[i..]);
        }

        for (; i < source.Length; i++)
        {
            destination[i] = (float)BitConverter.UInt16BitsToHalf(source[i]);
        }
    }

    /// <summary>Converts a span of bf16 bit patterns; the spans have the same length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BFloat16ToSingle(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        int i = 0;
        for (; i + 8 <= source.Length; i += 8)
        {
            BFloat16ToSingle(Vector128.Create(source[i..])).CopyTo(destination[i..]);
        }

        for (; i < source.Length; i++)
        {
            destination[i] = BFloat16ToSingle(source[i]);
        }
    }

    /// <summary>Converts a span of floats to fp16 bit patterns; the spans have the same length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SingleToHalf(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        int i = 0;
        for (; i + 8 <= source.Length; i += 8)
        {
            SingleToHalf(Vector256.Create(source[i..])).CopyTo(destination[i..]);
        }

        for (; i < source.Length; i++)
        {
            destination[i] = BitConverter.HalfToUInt16Bits((Half)source[i]);
        }
    }
}
