using AwqIlgpu.Checkpoints;
using AwqIlgpu.Checkpoints.Layouts;

namespace AwqIlgpu.Quantization.Packing;

/// <summary>Writes AutoAWQ's GEMM layout: eight output features interleaved in each word.</summary>
internal static class GemmPacker
{
    /// <summary>qweight int32 [K, N/8], qzeros int32 [G, N/8], scales fp16 [G, N].</summary>
    /// <exception cref="NotSupportedException">As <see cref="CheckShape"/> says.</exception>
    public static PackedTensor[] Pack(QuantizedMatrix matrix)
    {
        CheckShape(matrix.Rows);
        return
        [
            PackedTensor.Create("qweight", TensorType.Int32, Interleave(matrix.Values, matrix.Rows, matrix.Columns), matrix.Columns, matrix.Rows / Int4Words.PerWord),
            PackedTensor.Create("qzeros", TensorType.Int32, Interleave(matrix.ZeroPoints, matrix.Rows, matrix.Groups), matrix.Groups, matrix.Rows / Int4Words.PerWord),
            PackedTensor.Create("scales", TensorType.Float16, Transpose(matrix.Scales, matrix.Rows, matrix.Groups), matrix.Groups, matrix.Rows),
        ];
    }

    /// <summary>Throws where the layout cannot hold so many output features, N.</summary>
    /// <exception cref="NotSupportedException">N is not a multiple of 8.</exception>
    public static void CheckShape(int rows) => WordPacker.RequireMultiple("AWQ GEMM", "output features", rows, Int4Words.PerWord);

    /// <summary>[rows, columns] to [columns, rows].</summary>
    public static ushort[] Transpose(ReadOnlySpan<ushort> values, int rows, int columns)
    {
        var result = new ushort[values.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                result[(column * rows) + row] = values[(row * columns) + column];
            }
        }

        return result;
    }

    /// <summary>[rows, columns] numbers to [columns, rows/8] words.</summary>
    private static uint[] Interleave(ReadOnlySpan<byte> values, int rows, int columns)
    {
        int wordsPerColumn = rows / Int4Words.PerWord;
        var words = new uint[columns * wordsPerColumn];
        for (int word = 0; word < wordsPerColumn; word++)
        {
            for (int nibble = 0; nibble < Int4Words.PerWord; nibble++)
            {
                var row = values.Slice(((word * Int4Words.PerWord) + Int4Words.PackOrder[nibble]) * columns, columns);
                for (int column = 0; column < columns; column++)
                {
                    words[(column * wordsPerColumn) + word] |= (uint)row[column] << (4 * nibble);
                }
            }
        }

        return words;
    }
}
