using AwqIlgpu.Generation;
using FsCheck;
using FsCheck.Fluent;

namespace AwqIlgpu.Tests.Generation;

public class KvBlockAllocatorTests
{
    private const int Blocks = 23;
    private const int BlockSize = 4;
    private const int MaxSequences = 5;
    private const int MaxSequenceTokens = 37; // 10 blocks

    [Fact]
    public void TryReserve_AnySequenceOfRequests_BlocksAreConservedAndOwnedOnce() =>
        Prop.ForAll<byte[]>(actions =>
        {
            var allocator = New();
            var live = new Dictionary<int, (int Tokens, int[] Table)>();
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
                    int needed = (tokens + BlockSize - 1) / BlockSize;
                    bool fits = live.Count < MaxSequences && live.Values.Sum(s => s.Table.Length) + needed <= Blocks;
                    if (allocator.TryReserve(tokens, out int sequence) != fits || (fits ? live.ContainsKey(sequence) : sequence != -1))
                    {
                        return false;
                    }

                    if (fits)
                    {
                        live.Add(sequence, (tokens, allocator.BlockTable(sequence).Span.ToArray()));
                    }
                }

                int[] owned = [.. live.Values.SelectMany(s => s.Table)];
                bool holds = owned.Distinct().Count() == owned.Length
                    && owned.All(block => block is >= 0 and < Blocks)
                    && owned.Length + allocator.FreeBlocks == Blocks
                    && live.All(s => s.Key is >= 0 and < MaxSequences)
                    && live.All(s => s.Value.Table.Length * BlockSize >= s.Value.Tokens)
                    && live.All(s => allocator.BlockTable(s.Key).Span.SequenceEqual(s.Value.Table));
                if (!holds)
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void TryReserve_SteadyState_AllocatesNothing()
    {
        var allocator = New();
        allocator.TryReserve(5, out int first);
        allocator.Release(first);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++)
        {
            allocator.TryReserve(30, out int sequence);
            allocator.BlockTable(sequence);
            allocator.Release(sequence);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
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
    public void Bytes_OfAShape_AreTheIntsOfItsArrays() =>
        Assert.Equal(4 * (Blocks + MaxSequences + MaxSequences + (MaxSequences * 10)), KvBlockAllocator.Bytes(Blocks, BlockSize, MaxSequences, MaxSequenceTokens));

    private static KvBlockAllocator New() => new(Blocks, BlockSize, MaxSequences, MaxSequenceTokens);
}
