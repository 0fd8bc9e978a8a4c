namespace AwqIlgpu.Models.Architectures;

/// <summary>Where the rows of a projection go whose file holds, for each key head in turn, its query heads, its key and its value.</summary>
internal static class FusedRows
{
    /// <summary>Row r of the file is row Order[r] of [query heads | key heads | value heads].</summary>
    public static int[] Order(int heads, int kvHeads, int headDim)
    {
        int group = heads / kvHeads;
        int[] order = new int[(heads + (2 * kvHeads)) * headDim];
        for (int row = 0; row < order.Length; row++)
        {
            var (slot, element) = Math.DivRem(row, headDim);
            var (kvHead, member) = Math.DivRem(slot, group + 2);
            int head = member < group ? (kvHead * group) + member : heads + ((member - group) * kvHeads) + kvHead;
            order[row] = (head * headDim) + element;
        }

        return order;
    }
}
