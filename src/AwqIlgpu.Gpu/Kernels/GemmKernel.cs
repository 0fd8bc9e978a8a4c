using ILGPU;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Product of many tokens' activations with a weight matrix, tile by tile.</summary>
/// <remarks>
/// <para>Math: <c>y[t,r] = sum_k x[t,k] * w[r,k] + bias[r]</c>.</para>
/// <para>Shapes: x is [tokens, k], w is [n, k], y is [tokens, n]; k is a multiple of 8 and each token of x starts at a multiple of 16 bytes.</para>
/// <para>Types: int4 or float weights, made float on their way to shared memory; float sums in ascending k.</para>
/// <para>Launch: 256 threads for 64 tokens by 64 rows; a thread has four of each. Steps of 32 columns, 16 KiB of shared memory.</para>
/// <para>
/// Banks: weights lie [column][row], written by neighbouring lanes for neighbouring rows. Activations lie [column][token] with their quads of
/// tokens exchanged by <c>quad ^ (column / 4)</c>: the eight lanes that store different columns of one token then use different banks.
/// </para>
/// <para>Limit: multiply units; 16 multiply-adds for each two loads of 16 bytes from shared memory.</para>
/// </remarks>
/// <typeparam name="TWeights">How the weights are stored.</typeparam>
internal sealed class GemmKernel<TWeights>
    where TWeights : struct, ITileWeights<TWeights>
{
    /// <summary>Tokens of a tile, and rows.</summary>
    public const int Tile = 64;

    /// <summary>Threads of a group.</summary>
    public const int Threads = 256;

    private const int TileQuads = Tile / 4;
    private const int TileColumns = 32;

    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<Float4>, int, int, TWeights, LinearOutput> _groupPerTile;

    /// <summary>Compiles the kernel once for <paramref name="accelerator"/>.</summary>
    public GemmKernel(Accelerator accelerator) =>
        _groupPerTile = accelerator.LoadKernel<ArrayView<Float4>, int, int, TWeights, LinearOutput>(GroupPerTile);

    /// <summary>Queues the kernel on <paramref name="stream"/>; allocates nothing and does not wait.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="x">Activations, [tokens, k], from a multiple of 16 bytes on.</param>
    /// <param name="xStride">Floats from one token of x to the next; a multiple of 4.</param>
    /// <param name="tokens">m.</param>
    /// <param name="weights">[n, k].</param>
    /// <param name="y">Result, [tokens, n]; does not overlap x.</param>
    public void Run(AcceleratorStream stream, ArrayView<float> x, int xStride, int tokens, TWeights weights, LinearOutput y)
    {
        var grid = new Index3D((weights.Rows + Tile - 1) / Tile, (tokens + Tile - 1) / Tile, 1);
        _groupPerTile(stream, new KernelConfig(grid, new Index3D(Threads, 1, 1)), x.SubView(0, x.Length / 4 * 4).Cast<Float4>(), xStride / 4, tokens, weights, y);
    }

    private static void GroupPerTile(ArrayView<Float4> x, int xStride, int tokens, TWeights weights, LinearOutput y) =>
        Multiply(x, xStride, tokens, Grid.IdxY * Tile, weights, y);

    /// <summary>One tile, of the rows from <c>Grid.IdxX * Tile</c> on; other kernels of as many threads call it too.</summary>
    /// <param name="x">Activations, [tokens, k], in quads.</param>
    /// <param name="xStride">Quads from one token of x to the next.</param>
    /// <param name="tokens">Tokens that there are.</param>
    /// <param name="firstToken">First token of the tile.</param>
    /// <param name="weights">[n, k].</param>
    /// <param name="y">Result, [tokens, n].</param>
    public static void Multiply(ArrayView<Float4> x, int xStride, int tokens, int firstToken, TWeights weights, LinearOutput y)
    {
        var stagedX = SharedMemory.Allocate<Float4>(TileColumns * TileQuads);
        var stagedWeights = SharedMemory.Allocate<Float4>(TileColumns * TileQuads);
        int rowQuad = Group.IdxX % TileQuads;
        int tokenQuad = Group.IdxX / TileQuads;
        var sum0 = default(Float4);
        var sum1 = default(Float4);
        var sum2 = default(Float4);
        var sum3 = default(Float4);
        for (int start = 0; start < weights.Columns; start += TileColumns)
        {
            StageX(x, xStride, tokens, firstToken, weights.Columns, start, stagedX.Cast<float>());
            StageWeights(weights, start, stagedWeights.Cast<float>());
            Group.Barrier();
            for (int column = 0; column < TileColumns; column++)
            {
                var w = stagedWeights[(column * TileQuads) + rowQuad];
                var f = stagedX[(column * TileQuads) + (tokenQuad ^ (column / 4))];
                sum0 = Float4.MultiplyAdd(f.A, w, sum0);
                sum1 = Float4.MultiplyAdd(f.B, w, sum1);
                sum2 = Float4.MultiplyAdd(f.C, w, sum2);
                sum3 = Float4.MultiplyAdd(f.D, w, sum3);
            }

            Group.Barrier();
        }

        int token = firstToken + (tokenQuad * 4);
        int row = (Grid.IdxX * Tile) + (rowQuad * 4);
        Store(y, tokens, weights.Rows, token, row, sum0);
        Store(y, tokens, weights.Rows, token + 1, row, sum1);
        Store(y, tokens, weights.Rows, token + 2, row, sum2);
        Store(y, tokens, weights.Rows, token + 3, row, sum3);
    }

    // Eight lanes read the 32 columns of a token, 16 bytes each.
    private static void StageX(ArrayView<Float4> x, int xStride, int tokens, int firstToken, int columns, int start, ArrayView<float> staged)
    {
        for (int i = Group.IdxX; i < Tile * (TileColumns / 4); i += Threads)
        {
            int columnQuad = i % (TileColumns / 4);
            int tokenInTile = i / (TileColumns / 4);
            int token = firstToken + tokenInTile;
            bool exists = token < tokens && start + (columnQuad * 4) < columns;
            var value = exists ? x[((long)token * xStride) + (start / 4) + columnQuad] : default;
            int place = (columnQuad * 4 * Tile) + (((tokenInTile / 4) ^ columnQuad) * 4) + (tokenInTile % 4);
            staged[place] = value.A;
            staged[place + Tile] = value.B;
            staged[place + (2 * Tile)] = value.C;
            staged[place + (3 * Tile)] = value.D;
        }
    }

    // A thread reads eight columns of a row; neighbouring lanes have neighbouring rows.
    private static void StageWeights(TWeights weights, int start, ArrayView<float> staged)
    {
        int rowInTile = (Group.IdxX % 32) + (Group.IdxX / 128 * 32);
        int oct = Group.IdxX / 32 % 4;
        int row = (Grid.IdxX * Tile) + rowInTile;
        bool exists = row < weights.Rows && start + (oct * 8) < weights.Columns;
        var value = exists ? weights.Load(row, (start / 8) + oct) : default;
        int place = (oct * 8 * Tile) + rowInTile;
        staged[place] = value.Low.A;
        staged[place + Tile] = value.Low.B;
        staged[place + (2 * Tile)] = value.Low.C;
        staged[place + (3 * Tile)] = value.Low.D;
        staged[place + (4 * Tile)] = value.High.A;
        staged[place + (5 * Tile)] = value.High.B;
        staged[place + (6 * Tile)] = value.High.C;
        staged[place + (7 * Tile)] = value.High.D;
    }

    private static void Store(LinearOutput y, int tokens, int rows, int token, int row, Float4 sum)
    {
        if (token < tokens)
        {
            StoreOne(y, rows, token, row, sum.A);
            StoreOne(y, rows, token, row + 1, sum.B);
            StoreOne(y, rows, token, row + 2, sum.C);
            StoreOne(y, rows, token, row + 3, sum.D);
        }
    }

    private static void StoreOne(LinearOutput y, int rows, int token, int row, float sum)
    {
        if (row < rows)
        {
            y.Store(token, row, sum);
        }
    }
}
