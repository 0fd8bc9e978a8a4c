using System.Runtime.CompilerServices;

namespace AwqIlgpu.Kernels;

/// <summary>How a thread's rows are cut into runs of neighbours that it reads side by side, a tile of each at a time.</summary>
/// <remarks>
/// Several runs keep more of memory's lines under way than one does. They are as long as the rows allow, since each that begins costs the time of some lines:
/// neighbouring tiles side by side would be slower than one after the other.
/// </remarks>
/// <param name="start">First row.</param>
/// <param name="end">One past the last row.</param>
/// <param name="tileRows">Rows of a tile.</param>
/// <param name="runs">Runs of tiles.</param>
internal readonly struct RowRuns(int start, int end, int tileRows, int runs)
{
    private readonly int _tiles = (end - start + tileRows - 1) / tileRows;

    /// <summary>Tiles of a run; the last may have fewer.</summary>
    public int Length
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_tiles + runs - 1) / runs;
    }

    /// <summary>Rows of a run's tile, 0 where it has no such tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Count(int run, int tile) => Math.Clamp(end - start - (Index(run, tile) * tileRows), 0, tileRows);

    /// <summary>First row of a run's tile; where it has no such tile, that of the last one, to be computed and not stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Row(int run, int tile) => start + (Math.Min(Index(run, tile), _tiles - 1) * tileRows);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Index(int run, int tile) => (run * Length) + tile;
}
