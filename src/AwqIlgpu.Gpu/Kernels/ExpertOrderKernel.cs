using AwqIlgpu.Devices;
using ILGPU;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Sorts the copies of tokens by expert, as <see cref="ExpertOrder"/> does, and cuts each expert's rows into tiles.</summary>
/// <remarks>
/// <para>Shapes: chosen experts and places are [copies]. Tiles that are not needed get no rows.</para>
/// <para>Launch: one group of 256 threads. A thread counts and places the copies of its experts, in order, so the result is the same in every run.</para>
/// <para>Limit: latency; each thread passes over the copies twice, which all read together.</para>
/// </remarks>
internal sealed class ExpertOrderKernel
{
    private const int Threads = 256;

    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<int>, int, int, ArrayView<int>, ArrayView<ExpertTile>> _oneGroup;

    /// <summary>Compiles the kernel once for <paramref name="accelerator"/>.</summary>
    public ExpertOrderKernel(Accelerator accelerator) =>
        _oneGroup = accelerator.LoadKernel<ArrayView<int>, int, int, ArrayView<int>, ArrayView<ExpertTile>>(OneGroup);

    /// <summary>Most tiles that copies can need.</summary>
    public static int MostTiles(int copies, int experts, int tileRows) => (int)((copies + ((long)Math.Min(experts, copies) * (tileRows - 1))) / tileRows);

    /// <summary>Queues the kernel on <paramref name="stream"/>; allocates nothing and does not wait.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="chosen">Expert of each copy.</param>
    /// <param name="experts">Experts of the layer.</param>
    /// <param name="tileRows">Most rows of a tile.</param>
    /// <param name="places">Receives each copy's row among all.</param>
    /// <param name="tiles">Receives the tiles, [<see cref="MostTiles"/>].</param>
    public void Run(AcceleratorStream stream, ArrayView<int> chosen, int experts, int tileRows, ArrayView<int> places, ArrayView<ExpertTile> tiles) =>
        _oneGroup(stream, new KernelConfig(1, Threads, SharedMemoryConfig.RequestDynamic<int>(2 * (experts + 1))), chosen, experts, tileRows, places, tiles);

    private static void OneGroup(ArrayView<int> chosen, int experts, int tileRows, ArrayView<int> places, ArrayView<ExpertTile> tiles)
    {
        var dynamic = SharedMemory.GetDynamic<int>();
        var starts = dynamic.SubView(0, experts + 1);
        var tileStarts = dynamic.SubView(experts + 1, experts + 1);
        for (int e = Group.IdxX; e < experts; e += Threads)
        {
            int count = 0;
            for (int i = 0; i < chosen.IntLength; i++)
            {
                count += chosen[i] == e ? 1 : 0;
            }

            starts[e] = count;
        }

        Group.Barrier();
        if (Group.IdxX == 0)
        {
            int start = 0;
            int tile = 0;
            for (int e = 0; e < experts; e++)
            {
                int count = starts[e];
                starts[e] = start;
                tileStarts[e] = tile;
                start += count;
                tile += (count + tileRows - 1) / tileRows;
            }

            starts[experts] = start;
            tileStarts[experts] = tile;
        }

        Group.Barrier();
        for (int e = Group.IdxX; e < experts; e += Threads)
        {
            int place = starts[e];
            for (int i = 0; i < chosen.IntLength; i++)
            {
                if (chosen[i] == e)
                {
                    places[i] = place++;
                }
            }

            int tile = tileStarts[e];
            for (int first = starts[e]; first < starts[e + 1]; first += tileRows)
            {
                tiles[tile++] = new ExpertTile { Expert = e, FirstRow = first, Rows = IntrinsicMath.Min(tileRows, starts[e + 1] - first) };
            }
        }

        for (int tile = tileStarts[experts] + Group.IdxX; tile < tiles.IntLength; tile += Threads)
        {
            tiles[tile] = default;
        }
    }
}
