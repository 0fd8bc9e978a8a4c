using System.Text.Json;

namespace AwqIlgpu.Tokenization.Bpe;

/// <summary>Reads <c>model.merges</c>: strings <c>"a b"</c> or pairs <c>["a", "b"]</c>, first the one to do first.</summary>
internal sealed class MergeReader(BpeVocabulary vocabulary, string continuingPrefix)
{
    /// <summary>Characters that words of SentencePiece vocabularies start with.</summary>
    public const string Boundaries = "\u2581 ";

    private readonly bool[] _mergesAcross = new bool[Boundaries.Length];

    /// <summary>Whether a merge makes a token with something else directly before <paramref name="boundary"/>.</summary>
    public bool MergesAcross(char boundary) => _mergesAcross[Boundaries.IndexOf(boundary)];

    public MergeTable Read(TokenizerField field)
    {
        if (field.Element.ValueKind != JsonValueKind.Array)
        {
            throw field.Invalid("is not an array.");
        }

        var table = new MergeTable(field.Element.GetArrayLength());
        int rank = 0;
        int index = 0;
        foreach (var entry in field.Element.EnumerateArray())
        {
            if (TrySplit(entry, field, index, out string left, out string right))
            {
                Add(table, field, index, rank++, left, right);
            }

            index++;
        }

        return table;
    }

    private static bool TrySplit(JsonElement entry, TokenizerField field, int index, out string left, out string right)
    {
        if (entry.ValueKind == JsonValueKind.String)
        {
            string text = entry.GetString()!;
            int space = text.IndexOf(' ', StringComparison.Ordinal);
            if (space >= 0 && text.IndexOf(' ', space + 1) < 0)
            {
                (left, right) = (text[..space], text[(space + 1)..]);
                return !text.StartsWith("#version", StringComparison.Ordinal);
            }
        }
        else if (entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2 && entry[0].ValueKind == JsonValueKind.String && entry[1].ValueKind == JsonValueKind.String)
        {
            (left, right) = (entry[0].GetString()!, entry[1].GetString()!);
            return true;
        }

        throw field.Invalid($"has {entry.GetRawText()} at index {index}; expected two tokens, as \"a b\" or [\"a\", \"b\"].");
    }

    private void Add(MergeTable table, TokenizerField field, int index, int rank, string left, string right)
    {
        if (!right.StartsWith(continuingPrefix, StringComparison.Ordinal))
        {
            throw field.Invalid($"has \"{right}\" on the right at index {index}; expected it to start with continuing_subword_prefix \"{continuingPrefix}\".");
        }

        string merged = string.Concat(left, right.AsSpan(continuingPrefix.Length));
        table.Set(Id(left), Id(right), rank, Id(merged));
        for (int i = 1; i < merged.Length; i++)
        {
            int boundary = Boundaries.IndexOf(merged[i]);
            if (boundary >= 0 && merged[i - 1] != merged[i])
            {
                _mergesAcross[boundary] = true;
            }
        }

        int Id(string token) => vocabulary.TryGetId(token, out int id)
            ? id
            : throw field.Invalid($"names \"{token}\" at index {index} (\"{left}\" and \"{right}\"), which is not in the vocabulary.");
    }
}
