using ILGPU;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>fp16 and bf16 in kernels, by bit operations: OpenCL devices without the half extension have no other way.</summary>
internal static class FloatBits
{
    private const float LargestHalf = 65504;

    // The sign bit, and all bits below the copies of the sign that an arithmetic shift by 3 has made.
    private const int SignAndMagnitude = unchecked((int)0x8FFFE000);

    /// <summary>fp16 in the low half of a word, finite, to float.</summary>
    public static float LowHalf(uint word) => Half((int)(word << 16) >> 3);

    /// <summary>fp16 in the high half of a word, finite, to float.</summary>
    public static float HighHalf(uint word) => Half((int)word >> 3);

    /// <summary>bf16 in the low half of a word to float.</summary>
    public static float LowBFloat16(uint word) => Interop.IntAsFloat(word << 16);

    /// <summary>bf16 in the high half of a word to float.</summary>
    public static float HighBFloat16(uint word) => Interop.IntAsFloat(word & 0xFFFF0000);

    /// <summary>A float to fp16, rounded to nearest even and held at the largest finite value.</summary>
    public static ushort ToHalf(float value)
    {
        uint bits = Interop.FloatAsInt(IntrinsicMath.Max(-LargestHalf, IntrinsicMath.Min(value, LargestHalf)));
        uint sign = bits & 0x80000000;
        uint magnitude = bits ^ sign;
        // Below 2^-14: adding 0.5 lets the adder round the subnormal's bits to their place.
        uint small = Interop.FloatAsInt(Interop.IntAsFloat(magnitude) + 0.5f) - 0x3F000000;
        // Rebias the exponent (15 - 127) and round half to even.
        uint normal = (magnitude + 0xC8000FFF + ((magnitude >> 13) & 1)) >> 13;
        return (ushort)((magnitude < 0x38800000 ? small : normal) | (sign >> 16));
    }

    // Shifted so, the exponent is 112 too small; multiplying by 2^112 mends it and makes subnormals normal.
    private static float Half(int shifted) => Interop.IntAsFloat((uint)(shifted & SignAndMagnitude)) * 5.192296858534828e33f;
}
