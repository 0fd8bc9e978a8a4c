using AwqIlgpu.Checkpoints;
using AwqIlgpu.Checkpoints.Layouts;

namespace AwqIlgpu.Quantization.Packing;

/// <summary>Writes the Marlin layout: 16 by 16 tiles permuted into the order in which tensor cores take them; symmetric only.</summary>
/// <remarks>Source: Frantar et al., 2024, arXiv:2408.11743.</remarks>
internal static class MarlinPacker
{
    private const int Tile = 16;

    /// <summary>Four tiles side by side, permuted together.</summary>
    private const int Block = 4 * Tile * Tile;

    private static readonly int[] s_permutation = Permutation();

    /// <summary>qweight int32 [K/16, 2N], scales fp16 [G, N].</summary>
    /// <exception cref="NotSupportedException">A zero point is not 8, or as <see cref="CheckShape"/> says.</exception>
    public static PackedTensor[] Pack(QuantizedMatrix matrix)
    {
        CheckShape(matrix.Rows, matrix.Columns);
        if (matrix.ZeroPoints.AsSpan().ContainsAnyExcept((byte)GroupFit.SymmetricZeroPoint))
        {
            throw new NotSupportedException("Marlin: found a zero point other than 8; the layout is symmetric. Quantise symmetrically or choose another layout.");
        }

        int rows = matrix.Rows;
        int bandLength = rows * Tile;
        var permuted = new byte[matrix.Values.Length];
        for (int i = 0; i < permuted.Length; i++)
        {
            // A band is 16 input features of all output features, tile by tile, each tile [16 in, 16 out].
            int inBand = (i % bandLength / Block * Block) + s_permutation[i % Block];
            int inTile = inBand % (Tile * Tile);
            int row = (inBand / (Tile * Tile) * Tile) + (inTile % Tile);
            int column = (i / bandLength * Tile) + (inTile / Tile);
            permuted[i] = matrix.Values[(row * matrix.Columns) + column];
        }

        return
        [
            PackedTensor.Create("qweight", TensorType.Int32, WordPacker.PackRows(permuted, bandLength, bandLength / Int4Words.PerWord), matrix.Columns / Tile, bandLength / Int4Words.PerWord),
            PackedTensor.Create("scales", TensorType.Float16, PermuteScales(matrix), matrix.Groups, rows),
        ];
    }

    /// <summary>Throws where the layout cannot hold N output and K input features.</summary>
    /// <exception cref="NotSupportedException">K is not a multiple of 16 or N of 64.</exception>
    public static void CheckShape(int rows, int columns)
    {
        WordPacker.RequireMultiple("Marlin", "input features", columns, Tile);
        WordPacker.RequireMultiple("Marlin", "output features", rows, Block / Tile);
    }

    private static ushort[] PermuteScales(QuantizedMatrix matrix)
    {
        var scales = GemmPacker.Transpose(matrix.Scales, matrix.Rows, matrix.Groups);
        var result = new ushort[scales.Length];
        for (int i = 0; i < result.Length; i++)
        {
            // One scale per row is read together with the accumulators, several with the weights: two different orders.
            int from = matrix.Groups == 1
                ? (i / 32 * 32) + (i % 32 / 8 * 2) + (i % 8 / 2 * 8) + (i % 2)
                : (i / 64 * 64) + (i % 64 / 8) + (i % 8 * 8);
            result[i] = scales[from];
        }

        return result;
    }

    /// <summary>For each place in a block of 1024, the number that goes there: what each of 32 lanes holds of four mma.m16n8k16 fragments.</summary>
    private static int[] Permutation()
    {
        var permutation = new int[Block];
        for (int i = 0; i < Block; i++)
        {
            int lane = i / 32;
            int tile = i % 32 / 8;
            int element = Int4Words.PackOrder[i % 8];
            int row = (lane % 4 * 2) + (element % 2) + (element % 4 / 2 * 8);
            int column = (lane / 4) + (element / 4 * 8);
            permutation[i] = (tile * Tile * Tile) + (row * Tile) + column;
        }

        return permutation;
    }
}
