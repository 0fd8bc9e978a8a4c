using AwqIlgpu.Checkpoints;
using AwqIlgpu.Checkpoints.Layouts;

namespace AwqIlgpu.Quantization.Packing;

/// <summary>Writes compressed-tensors' pack-quantized layout: numbers in order, the last word of a row or column filled with 0.</summary>
internal static class CompressedTensorsPacker
{
    /// <summary>weight_packed int32 [N, K/8 rounded up], weight_scale fp16 [N, G], weight_shape int64 [2] and, unless symmetric, weight_zero_point int32 [N/8 rounded up, G].</summary>
    /// <param name="matrix">The layer.</param>
    /// <param name="symmetric">Whether the scheme is symmetric, in which case no zero points are stored.</param>
    /// <exception cref="ArgumentException">symmetric, but a zero point is not 8.</exception>
    public static PackedTensor[] Pack(QuantizedMatrix matrix, bool symmetric)
    {
        int words = WordsFor(matrix.Columns);
        var weight = PackedTensor.Create("weight_packed", TensorType.Int32, WordPacker.PackRows(matrix.Values, matrix.Columns, words), matrix.Rows, words);
        var scale = PackedTensor.Create("weight_scale", TensorType.Float16, matrix.Scales, matrix.Rows, matrix.Groups);
        var shape = PackedTensor.Create("weight_shape", TensorType.Int64, new long[] { matrix.Rows, matrix.Columns }, 2);
        if (!symmetric)
        {
            var zeroPoint = PackedTensor.Create("weight_zero_point", TensorType.Int32, PackColumns(matrix.ZeroPoints, matrix.Rows, matrix.Groups), WordsFor(matrix.Rows), matrix.Groups);
            return [weight, scale, zeroPoint, shape];
        }

        return matrix.ZeroPoints.AsSpan().ContainsAnyExcept((byte)GroupFit.SymmetricZeroPoint)
            ? throw new ArgumentException("compressed-tensors: found a zero point other than 8 in a symmetric layer; pack it as asymmetric.", nameof(symmetric))
            : [weight, scale, shape];
    }

    private static int WordsFor(int count) => (count + Int4Words.PerWord - 1) / Int4Words.PerWord;

    /// <summary>[rows, columns] numbers to [rows/8 rounded up, columns] words.</summary>
    private static uint[] PackColumns(ReadOnlySpan<byte> values, int rows, int columns)
    {
        var words = new uint[WordsFor(rows) * columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                words[(row / Int4Words.PerWord * columns) + column] |= (uint)values[(row * columns) + column] << (4 * (row % Int4Words.PerWord));
            }
        }

        return words;
    }
}
