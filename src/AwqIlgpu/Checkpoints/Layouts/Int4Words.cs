using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Checkpoints.Layouts;

/// <summary>Eight 4-bit values in a 32-bit word, nibble 0 lowest: the unit of all packed layouts.</summary>
internal static class Int4Words
{
    /// <summary>Values per word.</summary>
    public const int PerWord = 8;

    private const ulong LowNibbles = 0x0F0F0F0F0F0F0F0F;

    /// <summary>AutoAWQ's pack order: nibble i of a GEMM word (and of a Marlin word) is value PackOrder[i] of the eight.</summary>
    public static ReadOnlySpan<byte> PackOrder => [0, 2, 4, 6, 1, 3, 5, 7];

    /// <summary>Nibble <paramref name="index"/> of a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte Nibble(uint word, int index) => (byte)((word >> (4 * index)) & 0xF);

    /// <summary>Writes nibble after nibble as bytes, until <paramref name="values"/> is full.</summary>
    /// <param name="packed">At least half as many bytes as values.</param>
    /// <param name="values">One value per byte.</param>
    public static void UnpackInOrder(ReadOnlySpan<byte> packed, Span<byte> values)
    {
        int i = 0;
        for (; i + 32 <= values.Length; i += 32)
        {
            var bytes = Vector128.Create(packed[(i / 2)..]);
            var wide = Vector256.Create(Vector128.WidenLower(bytes), Vector128.WidenUpper(bytes));

            // A byte hhhhllll, widened to 16 bits and combined with itself moved by 4, holds llll in its low byte and hhhh in its high byte.
            ((wide | (wide << 4)) & Vector256.Create((ushort)0x0F0F)).AsByte().CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            values[i] = (byte)((packed[i / 2] >> (4 * (i % 2))) & 0xF);
        }
    }

    /// <summary>Turns eight words, one per input feature, into eight rows of eight values, one row per nibble.</summary>
    /// <param name="words">Word j at j * wordStride; at least 7 * wordStride + 1 words.</param>
    /// <param name="wordStride">Distance of the words.</param>
    /// <param name="values">Nibble i of word j goes to PackOrder[i] * rowStride + j; at least 7 * rowStride + 8 bytes.</param>
    /// <param name="rowStride">Distance of the rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(ReadOnlySpan<uint> words, int wordStride, Span<byte> values, int rowStride)
    {
        // One check for all: the last word and the last row lie inside, so the others do.
        _ = words[7 * wordStride];
        _ = values[(7 * rowStride) + 7];
        ref uint word = ref MemoryMarshal.GetReference(words);
        ref byte row = ref MemoryMarshal.GetReference(values);

        ulong x0 = word | ((ulong)Unsafe.Add(ref word, 4 * wordStride) << 32);
        ulong x1 = Unsafe.Add(ref word, wordStride) | ((ulong)Unsafe.Add(ref word, 5 * wordStride) << 32);
        ulong x2 = Unsafe.Add(ref word, 2 * wordStride) | ((ulong)Unsafe.Add(ref word, 6 * wordStride) << 32);
        ulong x3 = Unsafe.Add(ref word, 3 * wordStride) | ((ulong)Unsafe.Add(ref word, 7 * wordStride) << 32);

        // A 4 by 4 transposition of bytes in each half: swap the odd bytes of one with the even bytes of the next, then 16-bit pairs.
        (x0, x1) = Swap(x0, x1, 8, 0x00FF00FF00FF00FF);
        (x2, x3) = Swap(x2, x3, 8, 0x00FF00FF00FF00FF);
        (x0, x2) = Swap(x0, x2, 16, 0x0000FFFF0000FFFF);
        (x1, x3) = Swap(x1, x3, 16, 0x0000FFFF0000FFFF);

        // Byte j of x_b is byte b of word j: nibbles 2b and 2b + 1.
        WriteRows(x0, 0, ref row, rowStride);
        WriteRows(x1, 1, ref row, rowStride);
        WriteRows(x2, 2, ref row, rowStride);
        WriteRows(x3, 3, ref row, rowStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (ulong A, ulong B) Swap(ulong a, ulong b, int shift, ulong mask)
    {
        ulong difference = ((a >> shift) ^ b) & mask;
        return (a ^ (difference << shift), b ^ difference);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteRows(ulong bytes, int b, ref byte values, int rowStride)
    {
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref values, PackOrder[2 * b] * rowStride), bytes & LowNibbles);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref values, PackOrder[(2 * b) + 1] * rowStride), (bytes >> 4) & LowNibbles);
    }
}
