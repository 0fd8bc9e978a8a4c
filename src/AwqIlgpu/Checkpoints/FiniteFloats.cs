using System.Numerics;
using System.Runtime.InteropServices;

namespace AwqIlgpu.Checkpoints;

/// <summary>Finds NaN and infinity among stored floats, which kernels that expand 16-bit values do not expect.</summary>
internal static class FiniteFloats
{
    /// <summary>Index of the first element that is NaN or infinite; -1 for none.</summary>
    /// <param name="bytes">Whole elements.</param>
    /// <param name="type">fp16, bf16 or fp32.</param>
    public static int IndexOfOther(ReadOnlySpan<byte> bytes, TensorType type) => type switch
    {
        // All bits of the exponent are set in both, and in nothing else.
        TensorType.Float16 => IndexOf<ushort>(MemoryMarshal.Cast<byte, ushort>(bytes), 0x7C00),
        TensorType.BFloat16 => IndexOf<ushort>(MemoryMarshal.Cast<byte, ushort>(bytes), 0x7F80),
        _ => IndexOf<uint>(MemoryMarshal.Cast<byte, uint>(bytes), 0x7F800000),
    };

    private static int IndexOf<T>(ReadOnlySpan<T> values, T exponent)
        where T : unmanaged, IBinaryInteger<T>
    {
        var exponents = new Vector<T>(exponent);
        int i = 0;
        while (i + Vector<T>.Count <= values.Length && !Vector.EqualsAny(new Vector<T>(values[i..]) & exponents, exponents))
        {
            i += Vector<T>.Count;
        }

        for (; i < values.Length; i++)
        {
            if ((values[i] & exponent) == exponent)
            {
                return i;
            }
        }

        return -1;
    }
}
