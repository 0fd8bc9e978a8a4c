using System.Buffers;

namespace AwqIlgpu.Tokenization;

/// <summary>Cuts added tokens out of a text: leftmost first, and of those that start at one place the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private const int Root = 0;

    // Trie: (node, character) to node, and the token that ends at a node.
    private readonly Dictionary<(int Node, char Character), int> _children = [];
    private readonly List<AddedToken?> _ends = [null];
    private readonly SearchValues<char> _firstCharacters;

    /// <param name="tokens">The tokens and the text to look for; where two look for the same text the first wins.</param>
    public AddedTokenMatcher(IEnumerable<(AddedToken Token, string Pattern)> tokens)
    {
        var firstCharacters = new HashSet<char>();
        foreach (var (token, pattern) in tokens)
        {
            if (pattern.Length == 0)
            {
                continue;
            }

            firstCharacters.Add(pattern[0]);
            int node = Root;
            foreach (char character in pattern)
            {
                if (!_children.TryGetValue((node, character), out int child))
                {
                    child = _ends.Count;
                    _ends.Add(null);
                    _children.Add((node, character), child);
                }

                node = child;
            }

            _ends[node] ??= token;
        }

        _firstCharacters = SearchValues.Create([.. firstCharacters]);
    }

    /// <summary>The first token that starts at or after <paramref name="search"/>, with the white space it swallows.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="search">Where to look; moved to the end of what matched, before any white space: the reference looks into swallowed white space again.</param>
    /// <param name="segmentStart">End of the last token with its white space; no match swallows white space before it.</param>
    /// <param name="token">The token.</param>
    /// <param name="start">Where it starts, with the white space on its left if it swallows that.</param>
    /// <param name="end">Where it ends, with the white space on its right if it swallows that.</param>
    /// <returns>False where none is left.</returns>
    public bool TryFind(ReadOnlySpan<char> text, ref int search, int segmentStart, out AddedToken token, out int start, out int end)
    {
        while (search < text.Length)
        {
            int skipped = text[search..].IndexOfAny(_firstCharacters);
            if (skipped < 0)
            {
                break;
            }

            start = search + skipped;
            var longest = Longest(text, start, out end);
            if (longest is null)
            {
                search = start + 1;
                continue;
            }

            search = end;
            if (longest.SingleWord && ((start > 0 && CodePoints.IsWord(CodePoints.Before(text, start))) || (end < text.Length && CodePoints.IsWord(CodePoints.At(text, end)))))
            {
                continue;
            }

            while (longest.StripLeft && start > segmentStart && char.IsWhiteSpace(text[start - 1]))
            {
                start--;
            }

            while (longest.StripRight && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            token = longest;
            return true;
        }

        token = null!;
        start = end = text.Length;
        return false;
    }

    private AddedToken? Longest(ReadOnlySpan<char> text, int start, out int end)
    {
        AddedToken? longest = null;
        int node = Root;
        end = start;
        for (int i = start; i < text.Length && _children.TryGetValue((node, text[i]), out node); i++)
        {
            if (_ends[node] is { } token)
            {
                longest = token;
                end = i + 1;
            }
        }

        return longest;
    }
}
