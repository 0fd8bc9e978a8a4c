namespace AwqIlgpu.Tokenization.PreTokenizers;

/// <summary>Splits pieces of text into smaller ones; the model never merges across two pieces.</summary>
internal abstract class PreTokenizer
{
    private const string Supported = "Sequence, Split, ByteLevel, Metaspace, Digits, Punctuation, Whitespace, WhitespaceSplit, CharDelimiterSplit, BertPreTokenizer";

    /// <summary>Whether it looks at where in the caller's text a piece stands.</summary>
    public virtual bool NeedsOrigin => false;

    /// <summary>Hands the parts of <paramref name="piece"/> to <paramref name="next"/>, in order.</summary>
    /// <param name="piece">What to split; not empty.</param>
    /// <param name="matches">Scratch, empty before and after.</param>
    /// <param name="next">Takes the parts.</param>
    public abstract void Split(Piece piece, List<TextMatch> matches, Action<Piece> next);

    /// <summary>Reads <c>pre_tokenizer</c> as a flat list of steps.</summary>
    /// <exception cref="NotSupportedException">The type is not known.</exception>
    public static IEnumerable<PreTokenizer> Read(TokenizerField field)
    {
        string type = field.RequiredText("type");
        return type switch
        {
            "Sequence" => [.. field.Required("pretokenizers").Items().SelectMany(Read)],
            "Split" => [new SplitPreTokenizer(TextPattern.Read(field.Required("pattern")), ReadBehavior(field.Required("behavior")), field.OptionalFlag("invert", false))],
            "ByteLevel" => [new ByteLevelPreTokenizer(field.OptionalFlag("add_prefix_space", true), field.OptionalFlag("use_regex", true))],
            "Metaspace" => [MetaspacePreTokenizer.ReadMetaspace(field)],
            "Digits" => [new SplitPreTokenizer(new CodePointPattern(CodePoints.IsNumeric), field.OptionalFlag("individual_digits", false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous)],
            "Punctuation" => [new SplitPreTokenizer(new CodePointPattern(CodePoints.IsPunctuation), field.Optional("behavior") is { } behavior ? ReadBehavior(behavior) : SplitBehavior.Isolated)],
            "Whitespace" => [new SplitPreTokenizer(new WordPattern(), SplitBehavior.Removed, invert: true)],
            "WhitespaceSplit" => [SpacesRemoved()],
            "CharDelimiterSplit" => [new SplitPreTokenizer(new LiteralPattern(field.RequiredText("delimiter")), SplitBehavior.Removed)],
            "BertPreTokenizer" => [SpacesRemoved(), new SplitPreTokenizer(new CodePointPattern(CodePoints.IsPunctuation), SplitBehavior.Isolated)],
            _ => throw field.NotSupported(type, Supported),
        };
    }

    private static SplitPreTokenizer SpacesRemoved() => new(new CodePointPattern(CodePoints.IsWhiteSpace), SplitBehavior.Removed);

    private static SplitBehavior ReadBehavior(TokenizerField field) => field.Text() switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        var other => throw field.NotSupported(other, "Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous"),
    };
}
