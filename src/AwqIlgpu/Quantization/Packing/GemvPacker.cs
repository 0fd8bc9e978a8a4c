using AwqIlgpu.Checkpoints;
using AwqIlgpu.Checkpoints.Layouts;

namespace AwqIlgpu.Quantization.Packing;

/// <summary>Writes AutoAWQ's GEMV layout: eight input features in order in each word, scales and zero points padded with 0.</summary>
internal static class GemvPacker
{
    /// <summary>qweight int32 [N, K/8], qzeros int32 [N, zw], scales fp16 [N, 8 zw], with zw as <see cref="ZeroWords"/> says.</summary>
    /// <exception cref="NotSupportedException">As <see cref="CheckShape"/> says.</exception>
    public static PackedTensor[] Pack(QuantizedMatrix matrix)
    {
        CheckShape(matrix.Rows, matrix.Columns, matrix.GroupSize);
        int zeroWords = ZeroWords(matrix.Groups, matrix.GroupSize);
        int width = zeroWords * Int4Words.PerWord;
        var scales = new ushort[matrix.Rows * width];
        for (int row = 0; row < matrix.Rows; row++)
        {
            matrix.Scales.AsSpan(row * matrix.Groups, matrix.Groups).CopyTo(scales.AsSpan(row * width));
        }

        int words = matrix.Columns / Int4Words.PerWord;
        return
        [
            PackedTensor.Create("qweight", TensorType.Int32, WordPacker.PackRows(matrix.Values, matrix.Columns, words), matrix.Rows, words),
            PackedTensor.Create("qzeros", TensorType.Int32, WordPacker.PackRows(matrix.ZeroPoints, matrix.Groups, zeroWords), matrix.Rows, zeroWords),
            PackedTensor.Create("scales", TensorType.Float16, scales, matrix.Rows, width),
        ];
    }

    /// <summary>Throws where the layout cannot hold N output and K input features.</summary>
    /// <exception cref="NotSupportedException">N or K is not a multiple of 8, or the group size is not 32, 64 or at least 128.</exception>
    public static void CheckShape(int rows, int columns, int groupSize)
    {
        WordPacker.RequireMultiple("AWQ GEMV", "output features", rows, Int4Words.PerWord);
        WordPacker.RequireMultiple("AWQ GEMV", "input features", columns, Int4Words.PerWord);
        _ = ZeroWords(columns / groupSize, groupSize);
    }

    /// <summary>Words that hold a row's zero points: G / 8 rounded up, then up to a multiple of 1, 2 or 4 for groups of at least 128, 64 or 32.</summary>
    /// <exception cref="NotSupportedException">Another group size.</exception>
    public static int ZeroWords(int groups, int groupSize)
    {
        int multiple = groupSize switch
        {
            >= 128 => 1,
            64 => 2,
            32 => 4,
            _ => throw new NotSupportedException($"AWQ GEMV: group size {groupSize}; the layout knows 32, 64 and 128 or more. Choose another layout."),
        };
        int words = (groups + Int4Words.PerWord - 1) / Int4Words.PerWord;
        return (words + multiple - 1) / multiple * multiple;
    }
}
