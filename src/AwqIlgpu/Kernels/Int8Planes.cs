using System.Buffers.Binary;
using System.Runtime.InteropServices;
using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Kernels;

/// <summary>Int8 weights [out, in] as an int4 matrix [out, 2 * in], so that the int4 product serves them on every instruction set.</summary>
/// <remarks>
/// <para>Math: with q + 128 = 16 * high + low, q * scale = (high - 8) * 16 * scale + low * scale. The high nibbles of a row come first, then the low ones; x goes in twice.</para>
/// </remarks>
internal static class Int8Planes
{
    /// <summary>Planes of a row.</summary>
    public const int Count = 2;

    private const byte ZeroPointOfHigh = 8;
    private const float ScaleOfHigh = 16;

    /// <summary>Longest block that shares a scale, and what other lengths are made of.</summary>
    private const int LongestBlock = 128;
    private const int ShortestBlock = 8;

    /// <summary>Whether rows of so many features can be kept so.</summary>
    public static bool Supports(int inFeatures) => inFeatures % ShortestBlock == 0;

    /// <summary>The int4 matrix for [out, in].</summary>
    public static Int4Shape Shape(int outFeatures, int inFeatures)
    {
        int block = LongestBlock;
        while (inFeatures % block != 0)
        {
            block /= 2;
        }

        return new Int4Shape(outFeatures, Count * inFeatures, block, TensorType.Float32);
    }

    /// <summary>Splits a row, or some blocks of one.</summary>
    /// <param name="values">[in] of -127..127.</param>
    /// <param name="nibbles">Receives [2, in] of 0..15.</param>
    public static void Split(ReadOnlySpan<sbyte> values, Span<byte> nibbles)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nibbles.Length, Count * values.Length);
        var high = nibbles[..values.Length];
        var low = nibbles[values.Length..];
        for (int i = 0; i < values.Length; i += ShortestBlock)
        {
            // Eight at once: adding 128 to a byte turns its upper bit over.
            ulong levels = BinaryPrimitives.ReadUInt64LittleEndian(MemoryMarshal.AsBytes(values[i..])) ^ 0x8080808080808080;
            BinaryPrimitives.WriteUInt64LittleEndian(high[i..], (levels >> 4) & 0x0F0F0F0F0F0F0F0F);
            BinaryPrimitives.WriteUInt64LittleEndian(low[i..], levels & 0x0F0F0F0F0F0F0F0F);
        }
    }

    /// <summary>The scales and zero points of both planes from a row's scales.</summary>
    /// <param name="scales">[blocks].</param>
    /// <param name="planeScales">Receives [2, blocks].</param>
    /// <param name="zeroPoints">Receives [2, blocks].</param>
    public static void Split(ReadOnlySpan<float> scales, Span<float> planeScales, Span<byte> zeroPoints)
    {
        for (int i = 0; i < scales.Length; i++)
        {
            planeScales[i] = scales[i] * ScaleOfHigh;
        }

        scales.CopyTo(planeScales[scales.Length..]);
        zeroPoints[..scales.Length].Fill(ZeroPointOfHigh);
        zeroPoints[scales.Length..].Clear();
    }

    /// <summary>One row as floats: an embedding lookup.</summary>
    /// <param name="matrix">Of <see cref="Shape"/>.</param>
    /// <param name="row">Output feature, or token id.</param>
    /// <param name="destination">Receives [in] floats.</param>
    public static unsafe void CopyRow(Int4Matrix matrix, int row, Span<float> destination)
    {
        var shape = matrix.Shape;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)shape.OutFeatures);
        ArgumentOutOfRangeException.ThrowIfNotEqual(Count * destination.Length, shape.InFeatures);
        byte* high = matrix.Weights(row);
        byte* low = high + ((long)destination.Length / 8 * 64);
        // The low plane's scale is the weight's.
        byte* scales = matrix.Scales(row) + ((long)shape.Blocks / Count * Int4Shape.PanelRows * sizeof(float));
        for (int k = 0; k < destination.Length; k += 8)
        {
            float scale = *(float*)(scales + (k / shape.BlockSize * Int4Shape.PanelRows * sizeof(float)));
            // Four bytes hold eight columns: the first four low, the others high.
            uint h = *(uint*)(high + (k * 8));
            uint l = *(uint*)(low + (k * 8));
            for (int i = 0; i < 8; i++)
            {
                int shift = (i % 4 * 8) + (i / 4 * 4);
                int level = (int)((((h >> shift) & 15) << 4) | ((l >> shift) & 15));
                destination[k + i] = (level - 128) * scale;
            }
        }
    }
}
