using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace AwqIlgpu.Tokenization.Bpe;

/// <summary>Byte pair encoding of one piece of text.</summary>
internal sealed class BpeModel
{
    private const int Missing = -1;

    private readonly MergeTable _merges;
    private readonly WordCache _cache = new();

    // Ids of the tokens of one character, and of the tokens <0x00> to <0xFF> where bytes stand in for unknown characters.
    private readonly int[] _characterIds = new int[char.MaxValue + 1];
    private readonly int[] _byteIds = new int[256];
    private readonly string _continuingPrefix;
    private readonly string _endOfWordSuffix;
    private readonly int _unknownId = Missing;
    private readonly bool _fuseUnknown;
    private readonly bool _byteFallback;
    private readonly bool _ignoreMerges;

    // A character before which a piece can be cut without changing a merge, or null.
    private readonly char? _boundary;

    private BpeModel(TokenizerField field)
    {
        if (field.Optional("dropout") is { } dropout && !(dropout.Element.ValueKind == JsonValueKind.Number && dropout.Element.GetDouble() == 0))
        {
            throw dropout.NotSupported(dropout.Element.GetRawText(), "null");
        }

        _continuingPrefix = field.OptionalText("continuing_subword_prefix", "");
        _endOfWordSuffix = field.OptionalText("end_of_word_suffix", "");
        _fuseUnknown = field.OptionalFlag("fuse_unk", false);
        _byteFallback = field.OptionalFlag("byte_fallback", false);
        _ignoreMerges = field.OptionalFlag("ignore_merges", false);
        Vocabulary = BpeVocabulary.Read(field.Required("vocab"));
        if (field.Optional("unk_token") is { } unknown && !Vocabulary.TryGetId(unknown.Text(), out _unknownId))
        {
            throw unknown.Invalid($"is \"{unknown.Text()}\", which is not in the vocabulary.");
        }

        Array.Fill(_characterIds, Missing);
        foreach (var (character, id) in Vocabulary.SingleCharacters())
        {
            _characterIds[character] = id;
        }

        for (int value = 0; value < _byteIds.Length; value++)
        {
            _byteIds[value] = Vocabulary.TryGetId($"<0x{value:X2}>", out int id) ? id : Missing;
        }

        var reader = new MergeReader(Vocabulary, _continuingPrefix);
        _merges = reader.Read(field.Required("merges"));
        bool affixes = _continuingPrefix.Length > 0 || _endOfWordSuffix.Length > 0;
        foreach (char boundary in affixes ? "" : MergeReader.Boundaries)
        {
            if (_characterIds[boundary] != Missing && !reader.MergesAcross(boundary))
            {
                _boundary = boundary;
                break;
            }
        }
    }

    public BpeVocabulary Vocabulary { get; }

    /// <summary>Reads <c>model</c>.</summary>
    public static BpeModel Read(TokenizerField field)
    {
        // Files older than the field are told by their merges.
        string type = field.Optional("type")?.Text() ?? (field.Optional("merges") is null ? "" : "BPE");
        return type == "BPE" ? new BpeModel(field) : throw new NotSupportedException($"{Tokenizer.FileName}: {field.Path}.type \"{type}\" is not supported. Supported: BPE.");
    }

    /// <summary>Adds the ids of a piece.</summary>
    /// <param name="piece">The piece, not empty.</param>
    /// <param name="bytes">Whether its UTF-8 bytes are the symbols, by their characters of the byte alphabet.</param>
    /// <param name="scratch">For merging.</param>
    /// <param name="ids">Where the ids go.</param>
    public void Encode(ReadOnlySpan<char> piece, bool bytes, BpeWord scratch, List<int> ids)
    {
        if (_boundary is not { } boundary || bytes || (_ignoreMerges && Vocabulary.TryGetId(piece, out _)))
        {
            EncodeWord(piece, bytes, scratch, ids);
            return;
        }

        while (piece.Length > 0)
        {
            int end = WordEnd(piece, boundary);
            EncodeWord(piece[..end], bytes: false, scratch, ids);
            piece = piece[end..];
        }
    }

    /// <summary>The symbols of a piece, with the bytes each covers; slower, for offsets.</summary>
    public void Encode(ReadOnlySpan<char> piece, BpeWord word)
    {
        word.Clear();
        if (_ignoreMerges && Vocabulary.TryGetId(piece, out int whole))
        {
            word.Add(whole, Encoding.UTF8.GetByteCount(piece));
            return;
        }

        AddCharacters(piece, word);
        word.Merge(_merges);
    }

    /// <summary>Where the first word of <paramref name="piece"/> ends: before a boundary that does not follow another.</summary>
    private static int WordEnd(ReadOnlySpan<char> piece, char boundary)
    {
        int start = piece.IndexOfAnyExcept(boundary);
        int length = start < 0 ? -1 : piece[start..].IndexOf(boundary);
        return length < 0 ? piece.Length : start + length;
    }

    private void EncodeWord(ReadOnlySpan<char> text, bool bytes, BpeWord scratch, List<int> ids)
    {
        uint hash = 0;
        bool cached = text.Length <= WordCache.LongestWord;
        if (cached && _cache.TryGet(text, out hash, out int[] known))
        {
            ids.AddRange(known);
            return;
        }

        if (bytes)
        {
            Span<char> mapped = text.Length <= 128 ? stackalloc char[3 * 128] : new char[3 * text.Length];
            Encode(mapped[..ByteAlphabet.Map(text, mapped)], scratch);
        }
        else
        {
            Encode(text, scratch);
        }

        int first = ids.Count;
        foreach (var symbol in scratch.Symbols)
        {
            ids.Add(symbol.Id);
        }

        if (cached)
        {
            _cache.Set(text, hash, CollectionsMarshal.AsSpan(ids)[first..].ToArray());
        }
    }

    private void AddCharacters(ReadOnlySpan<char> piece, BpeWord word)
    {
        int unknownBytes = 0; // bytes of an unknown character, or of several in a row, that is not in the word yet
        for (int i = 0; i < piece.Length;)
        {
            int codePoint = CodePoints.At(piece, i);
            int units = CodePoints.Length(codePoint);
            int utf8Length = CodePoints.Utf8Length(codePoint);
            int id = CharacterId(piece.Slice(i, units), isFirst: i == 0, isLast: i + units == piece.Length, out string? affixed);
            if (id != Missing)
            {
                AddUnknown(ref unknownBytes, word);
                word.Add(id, utf8Length);
            }
            else if (!_byteFallback || !TryAddBytes(affixed ?? piece.Slice(i, units), word))
            {
                if (!_fuseUnknown)
                {
                    AddUnknown(ref unknownBytes, word);
                }

                unknownBytes += _unknownId == Missing ? 0 : utf8Length;
            }

            i += units;
        }

        AddUnknown(ref unknownBytes, word);
    }

    private void AddUnknown(ref int utf8Length, BpeWord word)
    {
        if (utf8Length > 0)
        {
            word.Add(_unknownId, utf8Length);
            utf8Length = 0;
        }
    }

    private int CharacterId(ReadOnlySpan<char> character, bool isFirst, bool isLast, out string? affixed)
    {
        affixed = null;
        if ((!isFirst && _continuingPrefix.Length > 0) || (isLast && _endOfWordSuffix.Length > 0))
        {
            affixed = $"{(isFirst ? "" : _continuingPrefix)}{character}{(isLast ? _endOfWordSuffix : "")}";
            return Vocabulary.TryGetId(affixed, out int id) ? id : Missing;
        }

        if (character.Length == 1)
        {
            return _characterIds[character[0]];
        }

        return Vocabulary.TryGetId(character, out int pairId) ? pairId : Missing;
    }

    /// <summary>Adds a byte token for each UTF-8 byte, or none where one of them is missing.</summary>
    private bool TryAddBytes(ReadOnlySpan<char> text, BpeWord word)
    {
        Span<byte> utf8 = text.Length <= 16 ? stackalloc byte[48] : new byte[3 * text.Length];
        utf8 = utf8[..Encoding.UTF8.GetBytes(text, utf8)];
        foreach (byte value in utf8)
        {
            if (_byteIds[value] == Missing)
            {
                return false;
            }
        }

        foreach (byte value in utf8)
        {
            word.Add(_byteIds[value], 1);
        }

        return true;
    }
}
