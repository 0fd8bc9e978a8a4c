using System.Text.Json;

namespace AwqIlgpu.Tokenization.Bpe;

/// <summary>The tokens of a model and their ids.</summary>
internal sealed class BpeVocabulary
{
    // Ids index an array, so a file may leave gaps but not make the array much longer than the file.
    private const int SmallestIdLimit = 1 << 16;
    private const int IdsPerToken = 16;

    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;
    private readonly string?[] _tokens;

    private BpeVocabulary(Dictionary<string, int> ids, string?[] tokens)
    {
        _ids = ids;
        _idsBySpan = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _tokens = tokens;
    }

    public int Count => _ids.Count;

    /// <summary>One more than the largest id.</summary>
    public int IdLimit => _tokens.Length;

    public static BpeVocabulary Read(TokenizerField field)
    {
        if (field.Element.ValueKind != JsonValueKind.Object)
        {
            throw field.Invalid("is not an object of tokens and ids.");
        }

        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        int last = -1;
        foreach (var entry in field.Element.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id) || id < 0)
            {
                throw field.Invalid($"has the id {entry.Value.GetRawText()} for the token \"{entry.Name}\"; expected an integer from 0.");
            }

            ids[entry.Name] = id;
            last = Math.Max(last, id);
        }

        if (last >= Math.Max(SmallestIdLimit, (long)ids.Count * IdsPerToken))
        {
            throw field.Invalid($"has {ids.Count} tokens and the id {last}; expected ids of about that number.");
        }

        string?[] tokens = new string?[last + 1];
        foreach (var (token, id) in ids)
        {
            tokens[id] = token;
        }

        return new BpeVocabulary(ids, tokens);
    }

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _idsBySpan.TryGetValue(token, out id);

    public string? Token(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;

    /// <summary>The tokens of one character.</summary>
    public IEnumerable<(char Character, int Id)> SingleCharacters() => _ids.Where(entry => entry.Key.Length == 1).Select(entry => (entry.Key[0], entry.Value));
}
