using AwqIlgpu.Devices;
using AwqIlgpu.Generation;
using FsCheck;
using FsCheck.Fluent;

namespace AwqIlgpu.Tests.Generation;

public class KvBlockAllocatorTests
{
    private const int Blocks = 23;
    private const int BlockSize = 4;
    private const int MaxSequences = 5;
    private const int MaxSequenceTokens = 37;
    private const int TableBlocks = 10; // of the longest sequence
    private const int Ring = 3; // blocks of a sequence in the second class
    private const int RingBlocks = 11;
    private const long BlockBytes = 1000;
    private const long RingBlockBytes = 10;

    [Fact]
    public void TryReserve_AnySequenceOfRequests_BlocksAreConservedAndOwnedOnce() =>
        Prop.ForAll<byte[]>(actions =>
        {
            var allocator = New();
            var live = new Dictionary<int, (int Tokens, int[] Tables)>();
            long highWater = 0;
            foreach (byte action in actions)
            {
                if (action % 3 == 0 && live.Count > 0)
                {
                    int ended = live.Keys.Order().ElementAt(action / 3 % live.Count);
                    allocator.Release(ended);
                    live.Remove(ended);
                }
                else
                {
                    int tokens = (action % MaxSequenceTokens) + 1;
                    int needed = Needed(tokens);
                    bool fits = live.Count < MaxSequences
                        && live.Values.Sum(s => Needed(s.Tokens)) + needed <= Blocks
                        && live.Values.Sum(s => Math.Min(Needed(s.Tokens), Ring)) + Math.Min(needed, Ring) <= RingBlocks;
                    if (allocator.TryReserve(tokens, out int sequence) != fits || (fits ? live.ContainsKey(sequence) : sequence != -1))
                    {
                        return false;
                    }

                    if (fits)
                    {
                        live.Add(sequence, (tokens, allocator.BlockTables(sequence).Span.ToArray()));
                    }
                }

                int[] owned = [.. live.Values.SelectMany(s => s.Tables[..Needed(s.Tokens)])];
                int[] ownedRings = [.. live.Values.SelectMany(s => s.Tables[TableBlocks..(TableBlocks + Math.Min(Needed(s.Tokens), Ring))])];
                bool holds = IsOwnedOnce(owned, Blocks, allocator.FreeBlocks(0))
                    && IsOwnedOnce(ownedRings, RingBlocks, allocator.FreeBlocks(1))
                    && allocator.LiveBytes == (owned.Length * BlockBytes) + (ownedRings.Length * RingBlockBytes)
                    && allocator.HighWaterBytes == (highWater = Math.Max(highWater, allocator.LiveBytes))
                    && live.All(s => s.Key is >= 0 and < MaxSequences)
                    && live.All(s => Enumerable.Range(0, Needed(s.Value.Tokens)).All(i => s.Value.Tables[TableBlocks + i] == s.Value.Tables[TableBlocks + (i % Ring)]))
                    && live.All(s => allocator.BlockTables(s.Key).Span.SequenceEqual(s.Value.Tables));
                if (!holds)
                {
                    return false;
                }
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void TryReserve_SteadyState_AllocatesNothing()
    {
        var allocator = New();
        allocator.TryReserve(5, out int first);
        allocator.Release(first);
        Assert.Equal(0, ManagedAllocation.InSteadyState(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                allocator.TryReserve(30, out int sequence);
                allocator.BlockTables(sequence);
                allocator.Release(sequence);
            }
        }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(41)]
    [InlineData(int.MaxValue)]
    public void TryReserve_NeverFits_Throws(int tokens) => Assert.Throws<ArgumentOutOfRangeException>(() => New().TryReserve(tokens, out _));

    [Fact]
    public void Release_NotReserved_Throws()
    {
        var allocator = New();
        Assert.True(allocator.TryReserve(1, out int sequence));
        allocator.Release(sequence);
        Assert.Throws<ArgumentException>(() => allocator.Release(sequence));
        Assert.Throws<ArgumentException>(() => allocator.Release(-1));
        Assert.Throws<ArgumentException>(() => allocator.Release(MaxSequences));
    }

    [Fact]
    public void BlockTables_LongerThanARing_RepeatIt()
    {
        var allocator = New();
        Assert.True(allocator.TryReserve(MaxSequenceTokens, out int sequence));
        int[] tables = allocator.BlockTables(sequence).Span.ToArray();
        Assert.Equal(TableBlocks, tables[..TableBlocks].Distinct().Count());
        int[] ring = tables[TableBlocks..];
        Assert.Equal(Ring, ring.Distinct().Count());
        Assert.Equal(ring[..^Ring], ring[Ring..]);
    }

    private static int Needed(int tokens) => (tokens + BlockSize - 1) / BlockSize;

    private static bool IsOwnedOnce(int[] owned, int blocks, int free) =>
        owned.Distinct().Count() == owned.Length && owned.All(block => block >= 0 && block < blocks) && owned.Length + free == blocks;

    private static KvBlockAllocator New() => new([new KvBlockClass(Blocks, BlockBytes, TableBlocks), new KvBlockClass(RingBlocks, RingBlockBytes, Ring)], BlockSize, MaxSequences, MaxSequenceTokens);
}
