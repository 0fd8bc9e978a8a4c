using System.Numerics;

namespace AwqIlgpu.Tokenization.Bpe;

/// <summary>From a pair of neighbouring ids to the rank of their merge and the id it makes: open addressing, linear probing.</summary>
internal sealed class MergeTable
{
    /// <summary>What <see cref="Find"/> gives where the pair does not merge; larger than every merge.</summary>
    public const ulong None = ulong.MaxValue;

    private const ulong Empty = ulong.MaxValue;
    private const ulong GoldenRatio = 0x9E3779B97F4A7C15;

    private readonly (ulong Pair, ulong Merge)[] _slots;
    private readonly int _shift;

    /// <param name="capacity">Most pairs that will be set.</param>
    public MergeTable(int capacity)
    {
        int bits = Math.Max(4, BitOperations.Log2((uint)capacity + ((uint)capacity / 2) + 1) + 1);
        _shift = 64 - bits;
        _slots = new (ulong, ulong)[1 << bits];
        Array.Fill(_slots, (Empty, None));
    }

    /// <summary>Sets a pair's merge; a later one takes the place of an earlier.</summary>
    public void Set(int left, int right, int rank, int merged)
    {
        ulong pair = Pair(left, right);
        int slot = Slot(pair);
        while (_slots[slot].Pair != Empty && _slots[slot].Pair != pair)
        {
            slot = (slot + 1) & (_slots.Length - 1);
        }

        _slots[slot] = (pair, ((ulong)(uint)rank << 32) | (uint)merged);
    }

    /// <summary>The rank in the upper half and the merged id in the lower, so that the smallest is the merge to do first; or <see cref="None"/>.</summary>
    public ulong Find(int left, int right)
    {
        ulong pair = Pair(left, right);
        var slots = _slots;
        int slot = Slot(pair);
        while (true)
        {
            ref readonly var entry = ref slots[slot & (slots.Length - 1)];
            if (entry.Pair == pair || entry.Pair == Empty)
            {
                return entry.Merge;
            }

            slot++;
        }
    }

    private static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private int Slot(ulong pair)
    {
        ulong hash = (pair ^ (pair >> 29)) * GoldenRatio;
        return (int)((hash ^ (hash >> 31)) * GoldenRatio >> _shift);
    }
}
