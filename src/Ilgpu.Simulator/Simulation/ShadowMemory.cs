using System.Runtime.InteropServices;

namespace ILGPU.Simulation;

/// <summary>How memory is touched.</summary>
internal enum AccessKind : byte
{
    Read,
    Write,
    Atomic,
}

/// <summary>Who touches memory, and when.</summary>
/// <param name="Lane">Number of the lane in the grid, from 1.</param>
/// <param name="Clock">Group barriers passed in the upper half, warp barriers in the lower.</param>
/// <param name="Site">Place in the code.</param>
/// <param name="GroupSize">Lanes in a group.</param>
/// <param name="WarpSize">Lanes in a warp.</param>
internal readonly record struct Accessor(int Lane, uint Clock, int Site, int GroupSize, int WarpSize)
{
    /// <summary>Whether nothing orders this access and the earlier one of <paramref name="lane"/>.</summary>
    public bool IsConcurrentWith(int lane, uint clock)
    {
        if (lane == 0 || lane == Lane)
        {
            return false;
        }

        int mine = Lane - 1;
        int theirs = lane - 1;
        if (mine / GroupSize != theirs / GroupSize)
        {
            return true;
        }

        return mine % GroupSize / WarpSize == theirs % GroupSize / WarpSize ? clock == Clock : clock >> 16 == Clock >> 16;
    }
}

/// <summary>An earlier access that a later one races with.</summary>
internal readonly record struct Conflict(int Lane, int Site, AccessKind Kind);

/// <summary>
/// Remembers for each word the last writer and two readers. A page keeps account by words of 4 bytes until a smaller access
/// comes, then by bytes.
/// </summary>
internal sealed class ShadowMemory
{
    private const int PageBytes = 4096;
    private const int WordBytes = 4;

    private readonly Dictionary<nint, Page> _pages = [];
    private nint _lastKey = -1;
    private Page? _last;

    /// <summary>Notes an access.</summary>
    /// <returns>An earlier access that conflicts with it; null if there is none.</returns>
    public Conflict? Record(nint address, int size, AccessKind kind, in Accessor accessor)
    {
        Conflict? conflict = null;
        nint end = address + size;
        bool isWhole = ((address | size) & (WordBytes - 1)) == 0;
        while (address < end && conflict is null)
        {
            nint key = address / PageBytes;
            nint pageEnd = Math.Min((key + 1) * PageBytes, end);
            var page = Find(key);
            if (!isWhole)
            {
                page.Split();
            }

            int first = (int)(address - (key * PageBytes)) / page.Granule;
            int count = (int)(pageEnd - address) / page.Granule;
            for (int i = first; i < first + count && conflict is null; i++)
            {
                conflict = page.Cells[i].Record(kind, accessor);
            }

            address = pageEnd;
        }

        return conflict;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _pages.Clear();
        _last = null;
        _lastKey = -1;
    }

    private Page Find(nint key)
    {
        if (key != _lastKey || _last is null)
        {
            ref var page = ref CollectionsMarshal.GetValueRefOrAddDefault(_pages, key, out _);
            _last = page ??= new Page();
            _lastKey = key;
        }

        return _last;
    }

    private sealed class Page
    {
        public Cell[] Cells { get; private set; } = new Cell[PageBytes / WordBytes];

        public int Granule => PageBytes / Cells.Length;

        public void Split()
        {
            if (Granule > 1)
            {
                var cells = new Cell[PageBytes];
                for (int i = 0; i < cells.Length; i++)
                {
                    cells[i] = Cells[i / WordBytes];
                }

                Cells = cells;
            }
        }
    }

    private struct Cell
    {
        private int _writer;
        private uint _writerClock;
        private int _writerSite;
        private int _reader;
        private uint _readerClock;
        private int _readerSite;
        private int _otherReader;
        private uint _otherReaderClock;
        private bool _isAtomic;

        public Conflict? Record(AccessKind kind, in Accessor accessor)
        {
            bool writerCounts = kind != AccessKind.Atomic || !_isAtomic;
            if (writerCounts && accessor.IsConcurrentWith(_writer, _writerClock))
            {
                return new Conflict(_writer, _writerSite, _isAtomic ? AccessKind.Atomic : AccessKind.Write);
            }

            if (kind == AccessKind.Read)
            {
                if (_reader != accessor.Lane)
                {
                    _otherReader = _reader;
                    _otherReaderClock = _readerClock;
                    _reader = accessor.Lane;
                }

                _readerClock = accessor.Clock;
                _readerSite = accessor.Site;
                return null;
            }

            if (accessor.IsConcurrentWith(_reader, _readerClock))
            {
                return new Conflict(_reader, _readerSite, AccessKind.Read);
            }

            if (accessor.IsConcurrentWith(_otherReader, _otherReaderClock))
            {
                return new Conflict(_otherReader, _readerSite, AccessKind.Read);
            }

            _writer = accessor.Lane;
            _writerClock = accessor.Clock;
            _writerSite = accessor.Site;
            _isAtomic = kind == AccessKind.Atomic;
            return null;
        }
    }
}
