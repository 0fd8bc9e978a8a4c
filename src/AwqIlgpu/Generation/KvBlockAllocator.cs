namespace AwqIlgpu.Generation;

/// <summary>Hands the KV cache's blocks to sequences. A sequence gets all the blocks it can ever need when it is admitted, so once started it never runs out.</summary>
/// <remarks>Allocates nothing after construction. Source of the idea of block and table: PagedAttention, arXiv:2309.06180.</remarks>
internal sealed class KvBlockAllocator
{
    private readonly int _maxBlocksPerSequence;
    private readonly int[] _freeBlocks; // a stack; the first FreeBlocks are free
    private readonly int[] _freeSequences; // a stack; the first _freeSequenceCount are free
    private readonly int[] _tables; // [maxSequences, maxBlocksPerSequence]
    private readonly int[] _blockCounts; // [maxSequences]; 0: not in use
    private int _freeSequenceCount;

    /// <summary>An allocator with all blocks free.</summary>
    /// <param name="blocks">Blocks in the cache.</param>
    /// <param name="blockSize">Tokens per block.</param>
    /// <param name="maxSequences">Most sequences at one time.</param>
    /// <param name="maxSequenceTokens">Most tokens of one sequence, prompt and answer.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is not positive.</exception>
    public KvBlockAllocator(int blocks, int blockSize, int maxSequences, int maxSequenceTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blocks);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blockSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxSequences);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxSequenceTokens);
        BlockSize = blockSize;
        _maxBlocksPerSequence = BlocksFor(maxSequenceTokens);
        // Pinned: the device keeps pointers to the tables during a step.
        _tables = GC.AllocateArray<int>(checked(maxSequences * _maxBlocksPerSequence), pinned: true);
        _blockCounts = new int[maxSequences];

        // Top of the stack last: block 0 and sequence 0 go out first.
        _freeBlocks = Descending(blocks);
        _freeSequences = Descending(maxSequences);
        FreeBlocks = blocks;
        _freeSequenceCount = maxSequences;
    }

    /// <summary>Tokens per block.</summary>
    public int BlockSize { get; }

    /// <summary>All blocks, free or not.</summary>
    public int TotalBlocks => _freeBlocks.Length;

    /// <summary>Blocks that no sequence has.</summary>
    public int FreeBlocks { get; private set; }

    /// <summary>Managed bytes that an allocator of this shape holds.</summary>
    public static long Bytes(int blocks, int blockSize, int maxSequences, int maxSequenceTokens) =>
        sizeof(int) * (blocks + (2L * maxSequences) + ((long)maxSequences * Blocks(maxSequenceTokens, blockSize)));

    /// <summary>Blocks that hold this many tokens.</summary>
    public int BlocksFor(int tokens) => Blocks(tokens, BlockSize);

    /// <summary>Reserves the blocks of a sequence.</summary>
    /// <param name="tokens">The most tokens that it can come to, prompt and answer.</param>
    /// <param name="sequence">Number of the sequence until <see cref="Release"/>, below maxSequences; -1 where it does not fit.</param>
    /// <returns>False where blocks or sequences are short for the moment.</returns>
    /// <exception cref="ArgumentOutOfRangeException">No tokens, or more than a sequence or the whole cache may hold: it would never fit.</exception>
    public bool TryReserve(int tokens, out int sequence)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokens);
        int needed = BlocksFor(tokens);
        int most = Math.Min(_maxBlocksPerSequence, TotalBlocks);
        if (needed > most)
        {
            throw new ArgumentOutOfRangeException(nameof(tokens), $"A sequence of {tokens} tokens needs {needed} KV blocks of {BlockSize}; one sequence can have {most}. Shorten the prompt or ask for fewer tokens.");
        }

        sequence = -1;
        if (needed > FreeBlocks || _freeSequenceCount == 0)
        {
            return false;
        }

        sequence = _freeSequences[--_freeSequenceCount];
        var table = _tables.AsSpan(sequence * _maxBlocksPerSequence, needed);
        foreach (ref int block in table)
        {
            block = _freeBlocks[--FreeBlocks];
        }

        _blockCounts[sequence] = needed;
        return true;
    }

    /// <summary>The blocks of a sequence: position p lies in block [p / BlockSize], at offset p % BlockSize. Valid until <see cref="Release"/>.</summary>
    /// <exception cref="ArgumentException">The sequence is not reserved.</exception>
    public ReadOnlyMemory<int> BlockTable(int sequence) => _tables.AsMemory(sequence * _maxBlocksPerSequence, Reserved(sequence));

    /// <summary>Gives a sequence's blocks back.</summary>
    /// <exception cref="ArgumentException">The sequence is not reserved.</exception>
    public void Release(int sequence)
    {
        var table = BlockTable(sequence).Span;
        for (int i = table.Length - 1; i >= 0; i--)
        {
            _freeBlocks[FreeBlocks++] = table[i];
        }

        _blockCounts[sequence] = 0;
        _freeSequences[_freeSequenceCount++] = sequence;
    }

    private int Reserved(int sequence) => (uint)sequence < (uint)_blockCounts.Length && _blockCounts[sequence] > 0
        ? _blockCounts[sequence]
        : throw new ArgumentException($"Sequence {sequence} is not reserved.", nameof(sequence));

    private static int Blocks(int tokens, int blockSize) => (int)(((long)tokens + blockSize - 1) / blockSize);

    private static int[] Descending(int count)
    {
        var numbers = new int[count];
        for (int i = 0; i < count; i++)
        {
            numbers[i] = count - 1 - i;
        }

        return numbers;
    }
}
