using System.Runtime.InteropServices;

namespace AwqIlgpu.Tokenization.Bpe;

/// <summary>The ids of words seen lately. One entry per slot, the last one stays; safe from several threads without a lock.</summary>
/// <remarks>An entry is immutable and put in place by one reference write, so a reader sees all of it or another one.</remarks>
internal sealed class WordCache
{
    /// <summary>Longest word that is kept, in UTF-16 units.</summary>
    public const int LongestWord = 32;

    private const int Slots = 1 << 14;

    private readonly Entry?[] _slots = new Entry?[Slots];

    /// <summary>The ids of <paramref name="word"/>.</summary>
    /// <param name="word">The word.</param>
    /// <param name="hash">For <see cref="Set"/> where it is not there.</param>
    /// <param name="ids">The ids, not to be changed.</param>
    public bool TryGet(ReadOnlySpan<char> word, out uint hash, out int[] ids)
    {
        hash = Hash(word);
        var entry = _slots[hash % Slots];
        if (entry is not null && entry.Hash == hash && word.SequenceEqual(entry.Word))
        {
            ids = entry.Ids;
            return true;
        }

        ids = [];
        return false;
    }

    public void Set(ReadOnlySpan<char> word, uint hash, int[] ids) => _slots[hash % Slots] = new Entry(word.ToString(), hash, ids);

    private static uint Hash(ReadOnlySpan<char> word)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15;
        ulong hash = (ulong)word.Length * Multiplier;
        var blocks = MemoryMarshal.Cast<char, ulong>(word);
        foreach (ulong block in blocks)
        {
            hash = (hash ^ block) * Multiplier;
            hash ^= hash >> 32;
        }

        foreach (char unit in word[(blocks.Length * 4)..])
        {
            hash = (hash ^ unit) * Multiplier;
            hash ^= hash >> 32;
        }

        return (uint)hash;
    }

    private sealed record Entry(string Word, uint Hash, int[] Ids);
}
