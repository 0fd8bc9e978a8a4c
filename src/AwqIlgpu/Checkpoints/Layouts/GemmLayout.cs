using System.Runtime.InteropServices;

namespace AwqIlgpu.Checkpoints.Layouts;

/// <summary>AutoAWQ's GEMM layout: qweight [in, out/8] and qzeros [in/group, out/8] int32 in pack order, scales [in/group, out].</summary>
/// <remarks>Source: AutoAWQ 0.2.9, <c>WQLinear_GEMM</c>.</remarks>
internal static class GemmLayout
{
    // Sixteen words are a cache line of every row of the strip; their 128 output rows stay in the first-level cache.
    private const int BlockWords = 16;

    public static long[] WeightShape(int outFeatures, int inFeatures) => [inFeatures, outFeatures / Int4Words.PerWord];

    /// <summary>Checks scales and zero points; the shape of qweight has told the layout.</summary>
    /// <returns>The type of the scales.</returns>
    public static TensorType Check(Checkpoint checkpoint, string prefix, int outFeatures, int inFeatures, int groupSize)
    {
        int groups = inFeatures / groupSize;
        string reason = $"{inFeatures} in features in groups of {groupSize}, {outFeatures} out features";
        LinearLayouts.Words(checkpoint, prefix + ".qzeros", [groups, outFeatures / Int4Words.PerWord], reason + ", 8 per int32");
        return checkpoint.FloatTensor(prefix + ".scales", [groups, outFeatures], reason).Type;
    }

    public static void ReadGroups(Checkpoint checkpoint, LinearInfo info, Span<float> scales, Span<byte> zeroPoints)
    {
        var scaleReader = new FloatReader(checkpoint, checkpoint.Tensor(info.Prefix + ".scales"), stackalloc float[FloatReader.BufferLength]);
        var zeroReader = new WordReader(checkpoint, checkpoint.Tensor(info.Prefix + ".qzeros"), stackalloc uint[FloatReader.BufferLength]);
        int groups = info.Groups;
        for (int group = 0; group < groups; group++)
        {
            for (int n = 0; n < info.OutFeatures; n++)
            {
                scales[(n * groups) + group] = scaleReader.Next();
            }

            for (int n = 0; n < info.OutFeatures; n += Int4Words.PerWord)
            {
                uint word = zeroReader.Next();
                for (int i = 0; i < Int4Words.PerWord; i++)
                {
                    zeroPoints[((n + Int4Words.PackOrder[i]) * groups) + group] = Int4Words.Nibble(word, i);
                }
            }
        }
    }

    /// <summary>Reads a rectangle; row and rows are multiples of 8.</summary>
    public static void ReadTile(Checkpoint checkpoint, LinearInfo info, int row, int rows, int column, int columns, Span<byte> packed, Span<byte> values)
    {
        var qweight = checkpoint.Tensor(info.Prefix + ".qweight");
        int rowBytes = rows / 2;
        if (rows == info.OutFeatures)
        {
            checkpoint.Read(qweight, (long)column * rowBytes, packed[..(columns * rowBytes)]);
        }
        else
        {
            for (int k = 0; k < columns; k++)
            {
                checkpoint.Read(qweight, (((long)(column + k) * info.OutFeatures) + row) / 2, packed.Slice(k * rowBytes, rowBytes));
            }
        }

        Unpack(MemoryMarshal.Cast<byte, uint>(packed[..(columns * rowBytes)]), rows, columns, values);
    }

    private static void Unpack(ReadOnlySpan<uint> words, int rows, int columns, Span<byte> values)
    {
        int width = rows / Int4Words.PerWord;
        int whole = columns & ~7;
        for (int block = 0; block < width; block += BlockWords)
        {
            int end = Math.Min(block + BlockWords, width);
            for (int k = 0; k < whole; k += 8)
            {
                for (int c = block; c < end; c++)
                {
                    Int4Words.Transpose(words[((k * width) + c)..], width, values[((c * Int4Words.PerWord * columns) + k)..], columns);
                }
            }
        }

        for (int k = whole; k < columns; k++)
        {
            for (int c = 0; c < width; c++)
            {
                for (int i = 0; i < Int4Words.PerWord; i++)
                {
                    values[(((c * Int4Words.PerWord) + Int4Words.PackOrder[i]) * columns) + k] = Int4Words.Nibble(words[(k * width) + c], i);
                }
            }
        }
    }
}
