using System.Runtime.CompilerServices;
using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Kernels;

/// <summary>Int4 weights of one linear layer in the packed form of <see cref="Int4Shape"/>, in memory that the caller owns.</summary>
internal readonly unsafe struct Int4Matrix
{
    /// <summary>Takes <paramref name="data"/>, <see cref="Int4Shape.ByteCount"/> bytes, as the matrix.</summary>
    /// <exception cref="ArgumentException">The memory is null or not 64-byte aligned.</exception>
    public Int4Matrix(Int4Shape shape, byte* data)
    {
        if (data is null || (nuint)data % 64 != 0)
        {
            throw new ArgumentException($"Int4 matrix [{shape.OutFeatures}, {shape.InFeatures}]: its memory must be 64-byte aligned and not null.", nameof(data));
        }

        Shape = shape;
        Data = data;
    }

    /// <summary>Sizes.</summary>
    public Int4Shape Shape { get; }

    /// <summary>First byte of the weights.</summary>
    public byte* Data { get; }

    /// <summary>Weights of the panel that holds <paramref name="row"/>, from that row's four bytes on; the next eight columns are 64 bytes further.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Weights(int row) => Data + (row / Int4Shape.PanelRows * Shape.PanelBytes) + (row % Int4Shape.PanelRows * 4);

    /// <summary>Scale of <paramref name="row"/> in the first block; the next block is 16 scales further.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Scales(int row) =>
        Data + Shape.ScaleOffset + ((((long)row / Int4Shape.PanelRows * Shape.Blocks * Int4Shape.PanelRows) + (row % Int4Shape.PanelRows)) * Shape.ScaleType.Size());

    /// <summary>Byte with the zero point of even <paramref name="row"/> in the first block; the next block is 8 bytes further.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* ZeroPoints(int row) =>
        Data + Shape.ZeroPointOffset + ((long)row / Int4Shape.PanelRows * Shape.Blocks * (Int4Shape.PanelRows / 2)) + (row % Int4Shape.PanelRows / 2);

    /// <summary>Dequantises one row: (q - zeroPoint) * scale in float.</summary>
    /// <param name="row">Output feature.</param>
    /// <param name="destination">Receives [in] floats.</param>
    public void Dequantize(int row, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Shape.OutFeatures);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, Shape.InFeatures);
        byte* weights = Weights(row);
        byte* scales = Scales(row);
        byte* zeroPoints = ZeroPoints(row & ~1);
        for (int k = 0; k < destination.Length; k++)
        {
            int block = k / Shape.BlockSize;
            int q = weights[(k / 8 * 64) + (k % 4)] >> (k % 8 / 4 * 4) & 15;
            int zeroPoint = zeroPoints[block * 8] >> (row % 2 * 4) & 15;
            byte* scale = scales + (block * Int4Shape.PanelRows * Shape.ScaleType.Size());
            destination[k] = (q - zeroPoint) * Shape.ScaleType switch
            {
                TensorType.Float16 => (float)BitConverter.UInt16BitsToHalf(*(ushort*)scale),
                TensorType.BFloat16 => FloatConversion.BFloat16ToSingle(*(ushort*)scale),
                _ => *(float*)scale,
            };
        }
    }
}
