namespace AwqIlgpu.Quantization;

/// <summary>Moves rows between the order of a file, in which some architectures interleave the heads, and that of the model.</summary>
internal static class RowOrder
{
    /// <summary>Row r of the file goes to row order[r].</summary>
    /// <param name="rows">[rows, width].</param>
    /// <param name="width">Values of a row.</param>
    /// <param name="order">As <see cref="Models.LinearConfig.RowOrder"/> says.</param>
    public static T[] ToModel<T>(T[] rows, int width, int[] order)
    {
        var result = new T[rows.Length];
        for (int row = 0; row < order.Length; row++)
        {
            rows.AsSpan(row * width, width).CopyTo(result.AsSpan(order[row] * width));
        }

        return result;
    }

    /// <summary>Undoes <see cref="ToModel{T}"/>.</summary>
    public static T[] ToFile<T>(T[] rows, int width, int[] order)
    {
        var result = new T[rows.Length];
        for (int row = 0; row < order.Length; row++)
        {
            rows.AsSpan(order[row] * width, width).CopyTo(result.AsSpan(row * width));
        }

        return result;
    }

    /// <summary>A quantised matrix with its rows as the file has them.</summary>
    public static QuantizedMatrix ToFile(QuantizedMatrix matrix, int[] order) => matrix with
    {
        Values = ToFile(matrix.Values, matrix.Columns, order),
        ZeroPoints = ToFile(matrix.ZeroPoints, matrix.Groups, order),
        Scales = ToFile(matrix.Scales, matrix.Groups, order),
    };
}
