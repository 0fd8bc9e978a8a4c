using ILGPU;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Products of tokens' copies, sorted by expert, with their experts' matrices: one launch for all experts, which reads only those that have copies.</summary>
/// <remarks>
/// <para>Math and types: of each tile as in <see cref="Int4GemvKernel"/> for up to 8 rows, as in <see cref="GemmKernel{TWeights}"/> for up to 64.</para>
/// <para>Shapes: x is [copies, k], y is [copies, n]; the experts' matrices are [n, k] at equal distances.</para>
/// <para>Launch: groups for each tile of <see cref="ExpertOrderKernel"/>, which finds its expert there; groups of tiles without rows return at once. There are as many as copies can need, for the host does not wait for the router.</para>
/// <para>Limit: memory for tiles of 8 rows, multiply units for tiles of 64.</para>
/// </remarks>
internal sealed class ExpertGemmKernel
{
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, ArrayView<ExpertTile>, Int4View, long, LinearOutput> _one;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, ArrayView<ExpertTile>, Int4View, long, LinearOutput> _eight;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<Float4>, int, ArrayView<ExpertTile>, Int4TileWeights, long, LinearOutput> _int4Tile;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<Float4>, int, ArrayView<ExpertTile>, FloatTileWeights, long, LinearOutput> _floatTile;

    /// <summary>Compiles the kernels once for <paramref name="accelerator"/>.</summary>
    public ExpertGemmKernel(Accelerator accelerator)
    {
        _one = accelerator.LoadKernel<ArrayView<float>, int, ArrayView<ExpertTile>, Int4View, long, LinearOutput>(FewRows<OneRow>);
        _eight = accelerator.LoadKernel<ArrayView<float>, int, ArrayView<ExpertTile>, Int4View, long, LinearOutput>(FewRows<TwiceRows<TwiceRows<TwiceRows<OneRow>>>>);
        _int4Tile = accelerator.LoadKernel<ArrayView<Float4>, int, ArrayView<ExpertTile>, Int4TileWeights, long, LinearOutput>(ManyRows);
        _floatTile = accelerator.LoadKernel<ArrayView<Float4>, int, ArrayView<ExpertTile>, FloatTileWeights, long, LinearOutput>(ManyRows);
    }

    /// <summary>Rows of a tile for some copies: as many as a pass over the weights takes, or a GEMM's where experts have more on average.</summary>
    public static int TileRows(int copies, int experts) => copies <= (long)experts * Int4GemvKernel.MaxTokens ? Int4GemvKernel.MaxTokens : GemmKernel<Int4TileWeights>.Tile;

    /// <summary>Queues int4 products on <paramref name="stream"/>; allocates nothing and does not wait.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="x">Copies, [copies, k], from a multiple of 16 bytes on.</param>
    /// <param name="xStride">Floats from one copy to the next; a multiple of 4.</param>
    /// <param name="tiles">Tiles of <paramref name="tileRows"/> rows at most.</param>
    /// <param name="tileRows">What <see cref="TileRows"/> gives, or 1 where no expert has more.</param>
    /// <param name="weights">The first expert's matrix; the others follow.</param>
    /// <param name="distance">Bytes from one expert's matrix to the next.</param>
    /// <param name="y">Result, [copies, n]; does not overlap x.</param>
    public void Run(AcceleratorStream stream, ArrayView<float> x, int xStride, ArrayView<ExpertTile> tiles, int tileRows, Int4View weights, long distance, LinearOutput y)
    {
        if (tileRows > Int4GemvKernel.MaxTokens)
        {
            _int4Tile(stream, Tiled(tiles, weights.Rows), Quads(x), xStride / 4, tiles, new Int4TileWeights(weights), distance, y);
            return;
        }

        var grid = new Index3D(Int4GemvKernel.Groups(weights.Panels), 1, tiles.IntLength);
        var (kernel, rows) = tileRows == 1 ? (_one, 1) : (_eight, Int4GemvKernel.MaxTokens);
        kernel(stream, new KernelConfig(grid, new Index3D(Int4GemvKernel.Threads, 1, 1), Int4GemvKernel.Shared(rows, weights.BlockSize)), x, xStride, tiles, weights, distance, y);
    }

    /// <summary>Queues products with float weights, tiles of any size; else as for int4, k a multiple of 8.</summary>
    public void Run(AcceleratorStream stream, ArrayView<float> x, int xStride, ArrayView<ExpertTile> tiles, FloatView weights, long distance, LinearOutput y) =>
        _floatTile(stream, Tiled(tiles, weights.Rows), Quads(x), xStride / 4, tiles, new FloatTileWeights(weights), distance, y);

    private static KernelConfig Tiled(ArrayView<ExpertTile> tiles, int rows) =>
        new(new Index3D((rows + GemmKernel<Int4TileWeights>.Tile - 1) / GemmKernel<Int4TileWeights>.Tile, 1, tiles.IntLength), new Index3D(GemmKernel<Int4TileWeights>.Threads, 1, 1));

    private static ArrayView<Float4> Quads(ArrayView<float> x) => x.SubView(0, x.Length / 4 * 4).Cast<Float4>();

    private static void FewRows<TSums>(ArrayView<float> x, int xStride, ArrayView<ExpertTile> tiles, Int4View weights, long distance, LinearOutput y)
        where TSums : struct, IRowSums<TSums>
    {
        var tile = tiles[Grid.IdxZ];
        if (tile.Rows > 0)
        {
            Int4GemvKernel.PanelPerWarp<TSums>(x.SubView((long)tile.FirstRow * xStride), xStride, tile.Rows, weights.Next(tile.Expert * distance), weights.Blocks, y.From(tile.FirstRow));
        }
    }

    private static void ManyRows<TWeights>(ArrayView<Float4> x, int xStride, ArrayView<ExpertTile> tiles, TWeights weights, long distance, LinearOutput y)
        where TWeights : struct, ITileWeights<TWeights>
    {
        var tile = tiles[Grid.IdxZ];
        if (tile.Rows > 0)
        {
            GemmKernel<TWeights>.Multiply(x.SubView((long)tile.FirstRow * xStride), xStride, tile.Rows, 0, weights.Next(tile.Expert * distance), y.From(tile.FirstRow));
        }
    }
}
