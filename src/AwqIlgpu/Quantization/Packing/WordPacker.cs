using AwqIlgpu.Checkpoints.Layouts;

namespace AwqIlgpu.Quantization.Packing;

/// <summary>Packs 4-bit numbers into words as <see cref="Int4Words"/> describes them.</summary>
internal static class WordPacker
{
    /// <summary>Packs each row on its own; a last word that is not full is filled with 0.</summary>
    /// <param name="values">Numbers of 0..15, [rows, columns].</param>
    /// <param name="columns">Length of a row.</param>
    /// <param name="wordsPerRow">Words of a packed row; at least columns / 8, rounded up.</param>
    public static uint[] PackRows(ReadOnlySpan<byte> values, int columns, int wordsPerRow)
    {
        int rows = values.Length / columns;
        var words = new uint[rows * wordsPerRow];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                words[(row * wordsPerRow) + (column / Int4Words.PerWord)] |= (uint)values[(row * columns) + column] << (4 * (column % Int4Words.PerWord));
            }
        }

        return words;
    }

    /// <summary>Throws where a dimension does not fit a layout.</summary>
    /// <exception cref="NotSupportedException">count is not a multiple of <paramref name="multiple"/>.</exception>
    public static void RequireMultiple(string layout, string what, int count, int multiple)
    {
        if (count % multiple != 0)
        {
            throw new NotSupportedException($"{layout}: {count} {what}; the layout holds multiples of {multiple} only. Choose another layout or keep this layer unquantised.");
        }
    }
}
