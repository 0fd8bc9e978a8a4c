using AwqIlgpu.Tokenization.Bpe;
using AwqIlgpu.Tokenization.Normalizers;

namespace AwqIlgpu.Tokenization;

/// <summary>All added tokens of a tokenizer: their ids, which are special, and how to find them in text.</summary>
internal sealed class AddedTokenSet
{
    private readonly Dictionary<string, int> _ids = [];
    private readonly Dictionary<int, AddedToken> _tokens = [];
    private readonly HashSet<string> _specialContents = [];

    private AddedTokenSet(AddedTokenMatcher raw, AddedTokenMatcher normalized)
    {
        Raw = raw;
        Normalized = normalized;
    }

    /// <summary>Finds the tokens that are looked for before normalization.</summary>
    public AddedTokenMatcher Raw { get; }

    /// <summary>Finds the tokens that are looked for in normalized text.</summary>
    public AddedTokenMatcher Normalized { get; }

    /// <summary>The largest id, or -1.</summary>
    public int LastId => _tokens.Count == 0 ? -1 : _tokens.Keys.Max();

    public static AddedTokenSet Read(TokenizerField? field, BpeVocabulary vocabulary, Normalizer? normalizer)
    {
        var ids = new Dictionary<string, int>();
        var ordered = new List<AddedToken>();
        int next = vocabulary.Count;
        foreach (var item in field?.Items() ?? [])
        {
            var token = AddedToken.Read(item);
            if (token.Content.Length == 0)
            {
                continue;
            }

            // As in the reference the id follows from the order, not from the file; the two agree in every file that it wrote.
            if (!ids.TryGetValue(token.Content, out int id) && !vocabulary.TryGetId(token.Content, out id))
            {
                id = next;
            }

            next = Math.Max(next, id + 1);
            ids[token.Content] = id;
            ordered.Add(token with { Id = id });
        }

        // Specials stand first: where two tokens are normalized to the same text, the first one is found.
        var search = ordered.OrderByDescending(token => token.Special).ToLookup(token => token.Normalized);
        var set = new AddedTokenSet(
            new AddedTokenMatcher(search[false].Select(token => (token, token.Content))),
            new AddedTokenMatcher(search[true].Select(token => (token, normalizer?.Apply(new AlignedText(token.Content, false, 0)).Text ?? token.Content))));
        foreach (var token in ordered)
        {
            set._ids[token.Content] = token.Id;
            set._tokens[token.Id] = token;
            if (token.Special)
            {
                set._specialContents.Add(token.Content);
            }
        }

        return set;
    }

    public IEnumerable<string> Contents => _ids.Keys;

    public bool TryGetId(string content, out int id) => _ids.TryGetValue(content, out id);

    public string? Content(int id) => _tokens.TryGetValue(id, out var token) ? token.Content : null;

    public bool IsSpecial(string content) => _specialContents.Contains(content);
}
