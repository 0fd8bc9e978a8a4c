using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Kernels;

/// <summary>Fills an <see cref="Int4Matrix"/> from what a checkpoint holds, a rectangle at a time.</summary>
/// <remarks>
/// Padding rows of the last panel are never written and never reach a result. Two rows share a byte of zero points,
/// so threads that pack one matrix together take whole panels.
/// </remarks>
internal static unsafe class Int4Packing
{
    /// <summary>Writes one tile of weights.</summary>
    /// <param name="matrix">Destination.</param>
    /// <param name="tile">Values of 0..15; the columns start and end at multiples of 8.</param>
    /// <param name="destinationRows">Matrix row of each source row, [source out features]; empty where they are the same.</param>
    /// <exception cref="ArgumentException">The tile leaves the matrix, its columns are no multiples of 8, or a value is above 15.</exception>
    public static void PackWeights(Int4Matrix matrix, Int4Tile tile, ReadOnlySpan<int> destinationRows = default)
    {
        if (tile.Column % 8 != 0 || tile.Columns % 8 != 0 || tile.Column < 0 || tile.Columns < 0 || tile.Rows < 0
            || tile.Column > matrix.Shape.InFeatures - tile.Columns || tile.Values.Length != (long)tile.Rows * tile.Columns)
        {
            throw new ArgumentException($"Tile of {tile.Values.Length} values, {tile.Rows} rows, columns {tile.Column}..{tile.Column + tile.Columns} does not fit a matrix of {matrix.Shape.InFeatures} columns; columns come in multiples of 8.", nameof(tile));
        }

        ulong all = 0;
        for (int i = 0; i < tile.Rows; i++)
        {
            byte* destination = matrix.Weights(Destination(matrix, tile.Row + i, destinationRows)) + ((long)tile.Column / 8 * 64);
            foreach (ulong eight in MemoryMarshal.Cast<byte, ulong>(tile.Values.Slice(i * tile.Columns, tile.Columns)))
            {
                all |= eight;
                // Columns 0..3 are the low half of a little-endian word, 4..7 the high half.
                *(uint*)destination = (uint)eight | (uint)(eight >> 28);
                destination += 64;
            }
        }

        if ((all & 0xF0F0F0F0F0F0F0F0) != 0)
        {
            throw new ArgumentException($"Tile at row {tile.Row}, column {tile.Column} has a value above 15.", nameof(tile));
        }
    }

    /// <summary>Writes scales and zero points of some rows.</summary>
    /// <param name="matrix">Destination.</param>
    /// <param name="row">Source row of the first row given.</param>
    /// <param name="scales">[rows, groups], each exact in the matrix's scale type.</param>
    /// <param name="zeroPoints">[rows, groups], 0..15.</param>
    /// <param name="destinationRows">Matrix row of each source row, [source out features]; empty where they are the same.</param>
    /// <exception cref="ArgumentException">The lengths are not whole rows of groups, or a row leaves the matrix.</exception>
    public static void PackScales(Int4Matrix matrix, int row, ReadOnlySpan<float> scales, ReadOnlySpan<byte> zeroPoints, ReadOnlySpan<int> destinationRows = default)
    {
        var shape = matrix.Shape;
        int groups = shape.InFeatures / shape.GroupSize;
        if (scales.Length % groups != 0 || zeroPoints.Length != scales.Length)
        {
            throw new ArgumentException($"{scales.Length} scales and {zeroPoints.Length} zero points; expected as many of both, whole rows of {groups} groups.", nameof(scales));
        }

        for (int i = 0; i < scales.Length / groups; i++)
        {
            int to = Destination(matrix, row + i, destinationRows);
            byte* scale = matrix.Scales(to);
            byte* zeroPoint = matrix.ZeroPoints(to & ~1);
            int shift = to % 2 * 4;
            for (int block = 0; block < shape.Blocks; block++)
            {
                int source = (i * groups) + (int)((long)block * shape.BlockSize / shape.GroupSize);
                WriteScale(shape.ScaleType, scale, scales[source]);
                scale += Int4Shape.PanelRows * shape.ScaleType.Size();
                *zeroPoint = (byte)((*zeroPoint & (0xF0 >> shift)) | ((zeroPoints[source] & 15) << shift));
                zeroPoint += Int4Shape.PanelRows / 2;
            }
        }
    }

    private static int Destination(Int4Matrix matrix, int row, ReadOnlySpan<int> destinationRows)
    {
        int destination = destinationRows.IsEmpty ? row : destinationRows[row];
        return (uint)destination < (uint)matrix.Shape.OutFeatures
            ? destination
            : throw new ArgumentException($"Row {row} goes to row {destination} of a matrix with {matrix.Shape.OutFeatures} rows.", nameof(row));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteScale(TensorType type, byte* destination, float scale)
    {
        switch (type)
        {
            case TensorType.Float16:
                *(ushort*)destination = BitConverter.HalfToUInt16Bits((Half)scale);
                break;
            case TensorType.BFloat16:
                *(ushort*)destination = FloatConversion.SingleToBFloat16(scale);
                break;
            default:
                *(float*)destination = scale;
                break;
        }
    }
}
