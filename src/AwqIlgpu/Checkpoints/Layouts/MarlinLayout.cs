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

    // 128 words to 64 rows of 16 values.
    private static void UnpackBlock(ReadOnlySpan<uint> words, Span<byte> values, int columns)
    {
        Span<int> offsets = stackalloc int[Int4Words.PerWord];
        for (int i = 0; i < offsets.Length; i++)
        {
            int value = Int4Words.PackOrder[i];
            offsets[i] = (value / 4 * 8 * columns) + (value % 2) + (value / 2 % 2 * 8);
        }

        for (int w = 0; w < words.Length; w++)
        {
            var (c, a, j) = (w / 16, w / 4 % 4, w % 4);
            var target = values[((((16 * j) + c) * columns) + (2 * a))..];
            uint word = words[w];
            for (int i = 0; i < offsets.Length; i++)
            {
                target[offsets[i]] = (byte)(word & 0xF);
                word >>= 4;
            }
        }
    }

    // Column n of grouped scales, within each 64: the 8 by 8 transposition.
    private static int GroupScaleFeature(int n) => (n & ~63) + (n / 8 % 8) + (n % 8 * 8);

    // Column n of one scale per row, within each 32: in pairs, as the accumulators of a thread lie.
    private static int RowScaleFeature(int n) => (n & ~31) + (n / 8 % 4 * 2) + (n % 2) + (n / 2 % 4 * 8);
}
