using AwqIlgpu.Devices;

namespace AwqIlgpu.Generation;

/// <summary>Hands the KV cache's blocks to sequences. A sequence gets all the blocks it can ever need when it is admitted, so once started it never runs out.</summary>
/// <remarks>Allocates nothing after construction. Source of the idea of block and table: PagedAttention, arXiv:2309.06180.</remarks>
internal sealed class KvBlockAllocator
{
    private readonly int _tableBlocks;
    private readonly BlockStack[] _classes;
    private readonly int[] _freeSequences; // a stack; the first _freeSequenceCount are free
    private readonly int[] _tables; // [maxSequences, classes, tableBlocks]
    private readonly int[] _tokens; // [maxSequences]; 0: not in use
    private int _freeSequenceCount;

    /// <summary>An allocator with all blocks free.</summary>
    /// <param name="classes">The classes of layers.</param>
    /// <param name="blockSize">Tokens per block.</param>
    /// <param name="maxSequences">Most sequences at one time.</param>
    /// <param name="maxSequenceTokens">Most tokens of one sequence, prompt and answer.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is not positive.</exception>
    public KvBlockAllocator(ReadOnlySpan<KvBlockClass> classes, int blockSize, int maxSequences, int maxSequenceTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes.Length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blockSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxSequences);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxSequenceTokens);
        BlockSize = blockSize;
        _tableBlocks = BlocksFor(maxSequenceTokens);
        _classes = new BlockStack[classes.Length];
        for (int i = 0; i < classes.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes[i].Blocks);
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes[i].MostPerSequence);
            _classes[i] = new BlockStack(classes[i]);
        }

        // Pinned: the device keeps pointers to the tables during a step.
        _tables = GC.AllocateArray<int>(checked(maxSequences * classes.Length * _tableBlocks), pinned: true);
        _tokens = new int[maxSequences];
        _freeSequences = Descending(maxSequences);
        _freeSequenceCount = maxSequences;
    }

    /// <summary>Tokens per block.</summary>
    public int BlockSize { get; }

    /// <summary>Bytes of the blocks that sequences have.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>Most that <see cref="LiveBytes"/> ever was.</summary>
    public long HighWaterBytes { get; private set; }

    /// <summary>Blocks of a class that no sequence has.</summary>
    public int FreeBlocks(int blockClass) => _classes[blockClass].Free;

    /// <summary>Blocks that hold this many tokens.</summary>
    public int BlocksFor(int tokens) => (int)(((long)tokens + BlockSize - 1) / BlockSize);

    /// <summary>Reserves the blocks of a sequence, in every class.</summary>
    /// <param name="tokens">The most tokens that it can come to, prompt and answer.</param>
    /// <param name="sequence">Number of the sequence until <see cref="Release"/>, below maxSequences; -1 where it does not fit.</param>
    /// <returns>False where blocks or sequences are short for the moment.</returns>
    /// <exception cref="ArgumentOutOfRangeException">No tokens, or more than a sequence or the whole cache may hold: it would never fit.</exception>
    public bool TryReserve(int tokens, out int sequence)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokens);
        int positions = BlocksFor(tokens);
        sequence = -1;
        bool fits = _freeSequenceCount > 0;
        foreach (var stack in _classes)
        {
            if (positions > _tableBlocks || stack.Needed(positions) > stack.Class.Blocks)
            {
                int most = Math.Min(_tableBlocks, stack.Class.Blocks);
                throw new ArgumentOutOfRangeException(nameof(tokens), $"A sequence of {tokens} tokens needs {positions} KV blocks of {BlockSize}; one sequence can have {most}. Shorten the prompt or ask for fewer tokens.");
            }

            fits &= stack.Needed(positions) <= stack.Free;
        }

        if (!fits)
        {
            return false;
        }

        sequence = _freeSequences[--_freeSequenceCount];
        _tokens[sequence] = tokens;
        for (int i = 0; i < _classes.Length; i++)
        {
            _classes[i].Take(Table(sequence, i)[..positions]);
            LiveBytes += _classes[i].Needed(positions) * _classes[i].Class.BlockBytes;
        }

        HighWaterBytes = Math.Max(HighWaterBytes, LiveBytes);
        return true;
    }

    /// <summary>Tables of a sequence, [classes, blocks of maxSequenceTokens]: in a class, position p lies in block [p / BlockSize], at offset p % BlockSize. Valid until <see cref="Release"/>.</summary>
    /// <exception cref="ArgumentException">The sequence is not reserved.</exception>
    public ReadOnlyMemory<int> BlockTables(int sequence)
    {
        Reserved(sequence);
        return _tables.AsMemory(sequence * _classes.Length * _tableBlocks, _classes.Length * _tableBlocks);
    }

    /// <summary>Gives a sequence's blocks back.</summary>
    /// <exception cref="ArgumentException">The sequence is not reserved.</exception>
    public void Release(int sequence)
    {
        int positions = BlocksFor(Reserved(sequence));
        for (int i = 0; i < _classes.Length; i++)
        {
            _classes[i].GiveBack(Table(sequence, i)[..positions]);
            LiveBytes -= _classes[i].Needed(positions) * _classes[i].Class.BlockBytes;
        }

        _tokens[sequence] = 0;
        _freeSequences[_freeSequenceCount++] = sequence;
    }

    private Span<int> Table(int sequence, int blockClass) => _tables.AsSpan(((sequence * _classes.Length) + blockClass) * _tableBlocks, _tableBlocks);

    private int Reserved(int sequence) => (uint)sequence < (uint)_tokens.Length && _tokens[sequence] > 0
        ? _tokens[sequence]
        : throw new ArgumentException($"Sequence {sequence} is not reserved.", nameof(sequence));

    // Top of the stack last: number 0 goes out first.
    private static int[] Descending(int count)
    {
        var numbers = new int[count];
        for (int i = 0; i < count; i++)
        {
            numbers[i] = count - 1 - i;
        }

        return numbers;
    }

    /// <summary>The free blocks of a class.</summary>
    private sealed class BlockStack(KvBlockClass blockClass)
    {
        private readonly int[] _blocks = Descending(blockClass.Blocks); // the first Free are free

        public KvBlockClass Class => blockClass;

        public int Free { get; private set; } = blockClass.Blocks;

        /// <summary>Blocks of a sequence whose table is this long.</summary>
        public int Needed(int positions) => Math.Min(positions, blockClass.MostPerSequence);

        /// <summary>Fills a table; beyond the ring it repeats.</summary>
        public void Take(Span<int> table)
        {
            int needed = Needed(table.Length);
            for (int i = 0; i < table.Length; i++)
            {
                table[i] = i < needed ? _blocks[--Free] : table[i - needed];
            }
        }

        public void GiveBack(ReadOnlySpan<int> table)
        {
            for (int i = Needed(table.Length) - 1; i >= 0; i--)
            {
                _blocks[Free++] = table[i];
            }
        }
    }
}
