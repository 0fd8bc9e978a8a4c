using System.Runtime.InteropServices;

namespace AwqIlgpu.Checkpoints.Layouts;

/// <summary>AutoAWQ's Marlin layout: qweight [in/16, 2 * out] int32, scales [in/group, out] with permuted columns, zero point 8.</summary>
/// <remarks>
/// <para>Row r of qweight holds input features 16r..16r+15; each 128 of its words hold 64 output features as four 16 by 16 tiles.
/// Word 16c + 4a + j of the 128 belongs to tile j. Its eight values, in pack order, are first four input features (2a, 2a+1, 2a+8, 2a+9)
/// of output feature c, then the same four of output feature c + 8: what one thread of a tensor core instruction holds.</para>
/// <para>Source: Marlin, arXiv:2408.11743; AutoAWQ 0.2.9, <c>WQLinear_Marlin</c>.</para>
/// </remarks>
internal static class MarlinLayout
{
    private const int Tile = 16;
    private const int BlockRows = 64;
    private const int BlockWords = 128;
    private const byte ZeroPoint = 8;

    public static long[] WeightShape(int outFeatures, int inFeatures) => [inFeatures / Tile, 2L * outFeatures];

    /// <summary>Checks the scales; the shape of qweight has told the layout.</summary>
    /// <returns>The type of the scales.</returns>
    public static TensorType Check(Checkpoint checkpoint, string prefix, int outFeatures, int inFeatures, int groupSize)
    {
        if (outFeatures % BlockRows != 0 || inFeatures % Tile != 0 || groupSize % Tile != 0)
        {
            throw new InvalidDataException($"{prefix} is in the Marlin layout with {outFeatures} out features and {inFeatures} in features in groups of {groupSize}; expected multiples of {BlockRows}, {Tile} and {Tile}.");
        }

        return checkpoint.FloatTensor(prefix + ".scales", [inFeatures / groupSize, outFeatures], $"{inFeatures} in features in groups of {groupSize}, {outFeatures} out features").Type;
    }

    public static void ReadGroups(Checkpoint checkpoint, LinearInfo info, Span<float> scales, Span<byte> zeroPoints)
    {
        zeroPoints.Fill(ZeroPoint);
        var reader = new FloatReader(checkpoint, checkpoint.Tensor(info.Prefix + ".scales"), stackalloc float[FloatReader.BufferLength]);
        for (int group = 0; group < info.Groups; group++)
        {
            for (int n = 0; n < info.OutFeatures; n++)
            {
                int feature = info.Groups == 1 ? RowScaleFeature(n) : GroupScaleFeature(n);
                scales[(feature * info.Groups) + group] = reader.Next();
            }
        }
    }

    /// <summary>Reads a rectangle; row and rows are multiples of 64, column and columns of 16.</summary>
    public static void ReadTile(Checkpoint checkpoint, LinearInfo info, int row, int rows, int column, int columns, Span<byte> packed, Span<byte> values)
    {
        var qweight = checkpoint.Tensor(info.Prefix + ".qweight");
        int stripBytes = rows * Tile / 2;
        packed = packed[..(columns / Tile * stripBytes)];
        for (int strip = 0; strip < columns / Tile; strip++)
        {
            checkpoint.Read(qweight, (((long)(column + (strip * Tile)) * info.OutFeatures) + ((long)row * Tile)) / 2, packed.Slice(strip * stripBytes, stripBytes));
        }

        var words = MemoryMarshal.Cast<byte, uint>(packed);
        for (int block = 0; block < rows / BlockRows; block++)
        {
            for (int strip = 0; strip < columns / Tile; strip++)
            {
                UnpackBlock(
                    words.Slice((strip * rows * 2) + (block * BlockWords), BlockWords),
                    values[((block * BlockRows * columns) + (strip * Tile))..],
                    columns);
            }
        }
    }

    // 128 words to 64 rows of 16 values, four words (a = 0..3) at a time: rows c and c + 8 of tile j.
    private static void UnpackBlock(ReadOnlySpan<uint> words, Span<byte> values, int columns)
    {
        for (int c = 0; c < 8; c++)
        {
            for (int j = 0; j < 4; j++)
            {
                var four = words.Slice((16 * c) + j, 13);
                ulong x = four[0] | ((ulong)four[4] << 32);
                ulong y = four[8] | ((ulong)four[12] << 32);
                var row = values[(((Tile * j) + c) * columns)..];
                var rowBelow = row[(8 * columns)..];
                MemoryMarshal.Write(row, Pairs(x, y, 0));
                MemoryMarshal.Write(row[8..], Pairs(x, y, 1));
                MemoryMarshal.Write(rowBelow, Pairs(x, y, 2));
                MemoryMarshal.Write(rowBelow[8..], Pairs(x, y, 3));
            }
        }
    }

    // In pack order nibbles t and t + 4 are values 2t and 2t + 1, neighbours in the row; those of four words make eight bytes.
    private static ulong Pairs(ulong x, ulong y, int t) => Pairs(x, t) | (Pairs(y, t) << 32);

    private static ulong Pairs(ulong words, int t)
    {
        ulong nibbles = (words >> (4 * t)) & 0x000F000F000F000F;
        nibbles = (nibbles | (nibbles >> 8)) & 0x0000FFFF0000FFFF;
        return (nibbles | (nibbles >> 16)) & 0xFFFFFFFF;
    }

    // Column n of grouped scales, within each 64: the 8 by 8 transposition.
    private static int GroupScaleFeature(int n) => (n & ~63) + (n / 8 % 8) + (n % 8 * 8);

    // Column n of one scale per row, within each 32: in pairs, as the accumulators of a thread lie.
    private static int RowScaleFeature(int n) => (n & ~31) + (n / 8 % 4 * 2) + (n % 2) + (n / 2 % 4 * 8);
}
