using ILGPU;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Int4 weights to floats.</summary>
/// <remarks>
/// A nibble put into the mantissa of 2^23 is the float 2^23 + q, exactly; subtracting 2^23 + zeroPoint leaves q - zeroPoint, exactly.
/// That is two full-speed instructions, where converting an integer runs at a quarter of the speed.
/// </remarks>
internal static class Int4Bits
{
    private const uint Magic = 0x4B000000;
    private const float MagicValue = 8388608;

    /// <summary>What to subtract from <see cref="Raised"/> nibbles with this zero point.</summary>
    public static float Offset(int zeroPoint) => MagicValue + zeroPoint;

    /// <summary>Offsets of four rows whose zero points are the nibbles of <paramref name="zeroPoints"/>.</summary>
    public static Float4 Offsets(int zeroPoints) =>
        new(Offset(zeroPoints & 15), Offset((zeroPoints >> 4) & 15), Offset((zeroPoints >> 8) & 15), Offset(zeroPoints >> 12));

    /// <summary>2^23 + the nibble at <paramref name="shift"/>.</summary>
    public static float Raised(uint word, int shift) => Interop.IntAsFloat(((word >> shift) & 15) | Magic);

    /// <summary>q - zeroPoint of one column of four rows.</summary>
    public static Float4 Column(Words4 words, int shift, Float4 offsets) => new(
        Raised(words.A, shift) - offsets.A,
        Raised(words.B, shift) - offsets.B,
        Raised(words.C, shift) - offsets.C,
        Raised(words.D, shift) - offsets.D);
}
