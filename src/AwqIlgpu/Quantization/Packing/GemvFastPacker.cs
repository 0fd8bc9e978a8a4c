using AwqIlgpu.Checkpoints;
using AwqIlgpu.Checkpoints.Layouts;

namespace AwqIlgpu.Quantization.Packing;

/// <summary>Writes AutoAWQ's GEMV fast layout, which is llm-awq's second: four output features interleaved in runs of 64 input features.</summary>
internal static class GemvFastPacker
{
    private const int Interleave = 4;
    private const int Run = 64;

    /// <summary>Which input feature of 32 lies at each place: the order in which the CUDA kernel unpacks pairs.</summary>
    private static readonly int[] s_order = FeatureOrder();

    /// <summary>qweight int16 [N/4, K], scales fp16 [8 zw, N] and -scale * zero point in fp16 [8 zw, N], with zw as in <see cref="GemvPacker"/>.</summary>
    /// <param name="matrix">The layer.</param>
    /// <param name="zerosName"><c>qzeros</c> for AutoAWQ, <c>scaled_zeros</c> for llm-awq.</param>
    /// <exception cref="NotSupportedException">As <see cref="CheckShape"/> says.</exception>
    public static PackedTensor[] Pack(QuantizedMatrix matrix, string zerosName = "qzeros")
    {
        CheckShape(matrix.Rows, matrix.Columns, matrix.GroupSize);
        int rows = matrix.Rows;
        int width = GemvPacker.ZeroWords(matrix.Groups, matrix.GroupSize) * Int4Words.PerWord;
        var scales = new ushort[width * rows];
        var zeros = new ushort[width * rows];
        for (int row = 0; row < rows; row++)
        {
            for (int group = 0; group < matrix.Groups; group++)
            {
                ushort scale = matrix.Scales[(row * matrix.Groups) + group];
                float scaledZero = (float)BitConverter.UInt16BitsToHalf(scale) * matrix.ZeroPoints[(row * matrix.Groups) + group];
                scales[(group * rows) + row] = scale;
                zeros[(group * rows) + row] = BitConverter.HalfToUInt16Bits((Half)(-scaledZero));
            }
        }

        return
        [
            PackedTensor.Create("qweight", TensorType.Int16, PackValues(matrix), rows / Interleave, matrix.Columns),
            PackedTensor.Create(zerosName, TensorType.Float16, zeros, width, rows),
            PackedTensor.Create("scales", TensorType.Float16, scales, width, rows),
        ];
    }

    /// <summary>Throws where the layout cannot hold N output and K input features.</summary>
    /// <exception cref="NotSupportedException">N is not a multiple of 8, K not of 64, or the group size is not 32, 64 or at least 128.</exception>
    public static void CheckShape(int rows, int columns, int groupSize)
    {
        WordPacker.RequireMultiple("AWQ GEMV fast", "output features", rows, Int4Words.PerWord);
        WordPacker.RequireMultiple("AWQ GEMV fast", "input features", columns, Run);
        _ = GemvPacker.ZeroWords(columns / groupSize, groupSize);
    }

    private static ushort[] PackValues(QuantizedMatrix matrix)
    {
        int columns = matrix.Columns;
        var words = new ushort[matrix.Rows / Interleave * columns];
        for (int row = 0; row < matrix.Rows; row++)
        {
            var values = matrix.Values.AsSpan(row * columns, columns);
            for (int place = 0; place < columns; place++)
            {
                // Four rows' runs of 64 lie one after the other; four consecutive numbers of that sequence make a word.
                int inRuns = (place / Run * Run * Interleave) + (row % Interleave * Run) + (place % Run);
                int feature = (place / 32 * 32) + s_order[place % 32];
                words[(row / Interleave * columns) + (inRuns / Interleave)] |= (ushort)(values[feature] << (4 * (inRuns % Interleave)));
            }
        }

        return words;
    }

    private static int[] FeatureOrder()
    {
        // 32 features as [4, 4, 2] with the first two axes exchanged; then each 8 as [4, 2] with its axes exchanged.
        var pairs = new int[32];
        for (int i = 0; i < 32; i++)
        {
            pairs[i] = (i / 2 % 4 * 8) + (i / 8 * 2) + (i % 2);
        }

        var order = new int[32];
        for (int i = 0; i < 32; i++)
        {
            order[i] = pairs[(i / 8 * 8) + (i % 4 * 2) + (i % 8 / 4)];
        }

        return order;
    }
}
