using AwqIlgpu.Tokenization.Normalizers;

namespace AwqIlgpu.Tokenization.PreTokenizers;

/// <summary>SentencePiece's step: spaces become a visible character, one is put in front, and words start with it.</summary>
internal sealed class MetaspacePreTokenizer : PreTokenizer
{
    private readonly string _replacement;
    private readonly PrependScheme _scheme;
    private readonly ReplaceNormalizer _replaceSpaces;
    private readonly SplitPreTokenizer? _words;

    private MetaspacePreTokenizer(string replacement, PrependScheme scheme, bool split)
    {
        _replacement = replacement;
        _scheme = scheme;
        _replaceSpaces = new ReplaceNormalizer(new LiteralPattern(" "), replacement);
        _words = split ? new SplitPreTokenizer(new LiteralPattern(replacement), SplitBehavior.MergedWithNext) : null;
    }

    public override bool NeedsOrigin => _scheme == PrependScheme.First;

    public static MetaspacePreTokenizer ReadMetaspace(TokenizerField field) => new(ReadReplacement(field), ReadScheme(field), field.OptionalFlag("split", true));

    /// <summary>The character for a space, also in the decoder of that name.</summary>
    public static string ReadReplacement(TokenizerField field)
    {
        string replacement = field.OptionalText("replacement", "\u2581");
        return replacement.Length > 0 && replacement.Length == CodePoints.Length(CodePoints.At(replacement, 0))
            ? replacement
            : throw field.Invalid($"has the replacement \"{replacement}\"; expected one character.");
    }

    /// <summary>When to put one in front; older files say it with <c>add_prefix_space</c>.</summary>
    public static PrependScheme ReadScheme(TokenizerField field)
    {
        if (!field.OptionalFlag("add_prefix_space", true))
        {
            return PrependScheme.Never;
        }

        return field.OptionalText("prepend_scheme", "always") switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            var other => throw field.NotSupported(other, "prepend_scheme always, first, never"),
        };
    }

    public override void Split(Piece piece, List<TextMatch> matches, Action<Piece> next)
    {
        bool atStart = piece.Text.Origin(piece.Start, piece.Length).Start == 0;
        var text = _replaceSpaces.Apply(piece.Text.Slice(piece.Start, piece.Length));
        bool wanted = _scheme == PrependScheme.Always || (_scheme == PrependScheme.First && atStart);
        if (wanted && !text.Text.StartsWith(_replacement, StringComparison.Ordinal))
        {
            text = PrependNormalizer.Apply(text, _replacement);
        }

        var whole = new Piece(text, 0, text.Length);
        if (_words is null)
        {
            next(whole);
        }
        else
        {
            _words.Split(whole, matches, next);
        }
    }
}
