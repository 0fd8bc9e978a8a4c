using AwqIlgpu.Kernels;

namespace AwqIlgpu.Devices;

/// <summary>The tokens of one forward pass: rows of one or more sequences, each a run of consecutive positions.</summary>
/// <remarks>Made once for the planned number of rows and sequences and filled anew for each step, so a step allocates nothing.</remarks>
internal sealed class StepBatch(int maxRows, int maxSegments)
{
    private readonly Segment[] _segments = new Segment[maxSegments];
    private readonly int[] _tokenIds = new int[maxRows];

    /// <summary>Rows of this step.</summary>
    public int Rows { get; private set; }

    /// <summary>Most rows of a step.</summary>
    public int MaxRows => maxRows;

    /// <summary>Token of each row.</summary>
    public ReadOnlySpan<int> TokenIds => _tokenIds.AsSpan(0, Rows);

    /// <summary>The runs of rows, in row order.</summary>
    public ReadOnlySpan<Segment> Segments => _segments.AsSpan(0, SegmentCount);

    /// <summary>How many runs there are.</summary>
    public int SegmentCount { get; private set; }

    /// <summary>Empties the batch.</summary>
    public void Clear()
    {
        // A finished sequence's table must not be kept alive by the batch.
        _segments.AsSpan(0, SegmentCount).Clear();
        Rows = 0;
        SegmentCount = 0;
    }

    /// <summary>Adds a run of consecutive tokens of one sequence.</summary>
    /// <param name="tokenIds">The tokens.</param>
    /// <param name="firstPosition">Position of the first of them.</param>
    /// <param name="blockTables">KV block of each BlockSize positions of the sequence, a table for each class of layers.</param>
    /// <param name="rotations">The sequence's rotation frequencies, one set for each of the model's ropes.</param>
    /// <param name="isPrompt">Whether they are a prompt's tokens, however few.</param>
    public void Add(ReadOnlySpan<int> tokenIds, int firstPosition, ReadOnlyMemory<int> blockTables, Rotation[] rotations, bool isPrompt)
    {
        tokenIds.CopyTo(_tokenIds.AsSpan(Rows));
        _segments[SegmentCount++] = new Segment(Rows, tokenIds.Length, firstPosition, blockTables, rotations, isPrompt);
        Rows += tokenIds.Length;
    }

    /// <summary>A run of rows that belong to one sequence.</summary>
    /// <param name="FirstRow">First row in the batch.</param>
    /// <param name="Rows">How many.</param>
    /// <param name="FirstPosition">Position of the first row's token in its sequence.</param>
    /// <param name="BlockTables">KV block of each BlockSize positions, [classes of layers, blocks of the context].</param>
    /// <param name="Rotations">Rotation frequencies, one set for each of the model's ropes.</param>
    /// <param name="IsPrompt">Whether they are a prompt's tokens, which a device may compute otherwise than generated ones, but alike in any chunk.</param>
    internal readonly record struct Segment(int FirstRow, int Rows, int FirstPosition, ReadOnlyMemory<int> BlockTables, Rotation[] Rotations, bool IsPrompt);
}
