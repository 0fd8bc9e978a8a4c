using AwqIlgpu.Tokenization.Bpe;

namespace AwqIlgpu.Tests.Tokenization;

public class BpeWordTests
{
    [Fact]
    public void Merge_RandomMerges_EqualsDefinition()
    {
        var random = new Random(11);
        for (int trial = 0; trial < 500; trial++)
        {
            // Ids below 6 are characters; each merge makes the next id of two that exist.
            var merges = new Dictionary<(int, int), (int Rank, int Id)>();
            for (int rank = 0; rank < 60; rank++)
            {
                merges.TryAdd((random.Next(6 + rank), random.Next(6 + rank)), (rank, 6 + rank));
            }

            var table = new MergeTable(merges.Count);
            foreach (var ((left, right), (rank, id)) in merges)
            {
                table.Set(left, right, rank, id);
            }

            // Lengths on both sides of the switch from looking through to a queue.
            int[] characters = [.. Enumerable.Range(0, random.Next(1, 120)).Select(_ => random.Next(6))];
            var word = new BpeWord();
            foreach (int character in characters)
            {
                word.Add(character, 1);
            }

            word.Merge(table);
            Assert.Equal(Definition(characters, merges), word.Symbols.ToArray().Select(symbol => symbol.Id));
            Assert.Equal(characters.Length, word.Symbols.ToArray().Sum(symbol => symbol.Utf8Length));
        }
    }

    /// <summary>The lowest rank first, the leftmost of equal ones.</summary>
    private static List<int> Definition(int[] characters, Dictionary<(int, int), (int Rank, int Id)> merges)
    {
        List<int> ids = [.. characters];
        while (true)
        {
            var possible = Enumerable.Range(0, ids.Count - 1).Where(i => merges.ContainsKey((ids[i], ids[i + 1]))).ToArray();
            if (possible.Length == 0)
            {
                return ids;
            }

            int at = possible.MinBy(i => merges[(ids[i], ids[i + 1])].Rank);
            ids[at] = merges[(ids[at], ids[at + 1])].Id;
            ids.RemoveAt(at + 1);
        }
    }
}
