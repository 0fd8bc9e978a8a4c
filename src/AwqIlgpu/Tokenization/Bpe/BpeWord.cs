namespace AwqIlgpu.Tokenization.Bpe;

/// <summary>The symbols of one word and their merging; reused from word to word.</summary>
/// <remarks>Merges go by rank, and from left to right within a rank. Source: Sennrich et al., 2016, arXiv:1508.07909.</remarks>
internal sealed class BpeWord
{
    // Up to here looking through all pairs for each merge is faster than a queue.
    private const int ShortWord = 32;

    private BpeSymbol[] _symbols = new BpeSymbol[64];

    // The merge of each symbol with the next one in the word.
    private ulong[] _merges = new ulong[64];
    private int[] _next = [];
    private int[] _previous = [];
    private PriorityQueue<int, ulong>? _queue;
    private int _count;

    public ReadOnlySpan<BpeSymbol> Symbols => _symbols.AsSpan(0, _count);

    /// <summary>Pairs looked at since this object was made: what the time of merging is proportional to.</summary>
    public long Work { get; private set; }

    public void Clear() => _count = 0;

    public void Add(int id, int utf8Length)
    {
        if (_count == _symbols.Length)
        {
            Array.Resize(ref _symbols, 2 * _count);
            Array.Resize(ref _merges, 2 * _count);
        }

        _symbols[_count++] = new BpeSymbol(id, utf8Length);
    }

    public void Merge(MergeTable table)
    {
        for (int i = 0; i < _count - 1; i++)
        {
            _merges[i] = table.Find(_symbols[i].Id, _symbols[i + 1].Id);
        }

        Work += _count;
        if (_count <= ShortWord)
        {
            MergeShort(table);
        }
        else
        {
            MergeLong(table);
        }
    }

    private void MergeShort(MergeTable table)
    {
        var symbols = _symbols.AsSpan(0, _count);
        var merges = _merges.AsSpan(0, Math.Max(0, _count - 1));
        while (true)
        {
            ulong best = MergeTable.None;
            int at = 0;
            for (int i = 0; i < merges.Length; i++)
            {
                if (merges[i] < best)
                {
                    best = merges[i];
                    at = i;
                }
            }

            Work += merges.Length;
            if (best == MergeTable.None)
            {
                break;
            }

            symbols[at] = Join(symbols[at], symbols[at + 1], best);
            symbols[(at + 2)..].CopyTo(symbols[(at + 1)..]);
            merges[(at + 1)..].CopyTo(merges[at..]);
            symbols = symbols[..^1];
            merges = merges[..^1];
            if (at > 0)
            {
                merges[at - 1] = table.Find(symbols[at - 1].Id, symbols[at].Id);
            }

            if (at < merges.Length)
            {
                merges[at] = table.Find(symbols[at].Id, symbols[at + 1].Id);
            }
        }

        _count = symbols.Length;
    }

    private void MergeLong(MergeTable table)
    {
        if (_next.Length < _count)
        {
            _next = new int[_count];
            _previous = new int[_count];
        }

        var start = new List<(int, ulong)>();
        for (int i = 0; i < _count; i++)
        {
            _next[i] = i + 1;
            _previous[i] = i - 1;
            if (i < _count - 1 && _merges[i] != MergeTable.None)
            {
                start.Add((i, Priority(i)));
            }
        }

        _queue ??= new PriorityQueue<int, ulong>();
        _queue.EnqueueRange(start);
        _merges[_count - 1] = MergeTable.None;
        while (_queue.TryDequeue(out int at, out ulong priority))
        {
            Work++;
            // The pair may have changed since it was queued; a pair that is gone has no merge.
            if (_merges[at] == MergeTable.None || Priority(at) != priority)
            {
                continue;
            }

            int right = _next[at];
            _symbols[at] = Join(_symbols[at], _symbols[right], _merges[at]);
            _merges[right] = MergeTable.None;
            _next[at] = _next[right];
            if (_next[at] < _count)
            {
                _previous[_next[at]] = at;
            }

            Requeue(table, at);
            if (_previous[at] >= 0)
            {
                Requeue(table, _previous[at]);
            }
        }

        int kept = 0;
        for (int i = 0; i < _count; i = _next[i])
        {
            _symbols[kept++] = _symbols[i];
        }

        _count = kept;
    }

    private void Requeue(MergeTable table, int at)
    {
        _merges[at] = _next[at] < _count ? table.Find(_symbols[at].Id, _symbols[_next[at]].Id) : MergeTable.None;
        if (_merges[at] != MergeTable.None)
        {
            _queue!.Enqueue(at, Priority(at));
        }
    }

    private ulong Priority(int at) => (_merges[at] & 0xFFFFFFFF00000000) | (uint)at;

    private static BpeSymbol Join(BpeSymbol left, BpeSymbol right, ulong merge) => new((int)(uint)merge, left.Utf8Length + right.Utf8Length);
}
