using Microsoft.ML.Tokenizers;

namespace AwqIlgpu;

/// <summary>A tokenizer of Microsoft.ML.Tokenizers in place of the one in a model's folder.</summary>
/// <remarks>
/// <para>Give it to <see cref="LanguageModelOptions.Tokenizer"/>. Its ids must be the model's; that is not checked.</para>
/// <para>
/// Special tokens around a text are switched on and off for <see cref="SentencePieceTokenizer"/> (with <see cref="LlamaTokenizer"/>),
/// <see cref="CodeGenTokenizer"/> (with <see cref="Phi2Tokenizer"/>), <see cref="BpeTokenizer"/> and <see cref="TiktokenTokenizer"/>;
/// any other type adds what it adds.
/// </para>
/// <para>As safe for use from several threads as the tokenizer itself.</para>
/// </remarks>
public sealed class MicrosoftTokenizer : ITokenizer
{
    private readonly Microsoft.ML.Tokenizers.Tokenizer _tokenizer;

    // The space as a token, where the tokenizer takes the space off the front of a text.
    private readonly int? _space;

    /// <summary>Wraps <paramref name="tokenizer"/>.</summary>
    /// <param name="tokenizer">Any tokenizer.</param>
    public MicrosoftTokenizer(Microsoft.ML.Tokenizers.Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        SpecialTokenIds = Special(tokenizer).ToHashSet();
        if (tokenizer is SentencePieceTokenizer { AddDummyPrefix: true, TreatWhitespaceAsSuffix: false } pieces
            && pieces.Vocabulary.TryGetValue(pieces.EscapeWhiteSpaces ? "\u2581" : " ", out int space))
        {
            _space = space;
        }
    }

    /// <summary>Ids that decoding leaves out; the special tokens that the tokenizer names, if not set.</summary>
    public IReadOnlySet<int> SpecialTokenIds { get; init; }

    /// <summary>Ids put before a text, and before what the tokenizer adds itself, where special tokens are asked for; none if not set. <see cref="TiktokenTokenizer"/> adds none itself.</summary>
    public IReadOnlyList<int> BeginningIds { get; init; } = [];

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    public int[] Encode(string text, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return addSpecialTokens ? [.. BeginningIds, .. _tokenizer.EncodeToIds(text)] : [.. EncodePlain(text)];
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var kept = new List<int>(ids.Length);
        foreach (int id in ids)
        {
            if (!(skipSpecialTokens && SpecialTokenIds.Contains(id)))
            {
                kept.Add(id);
            }
        }

        // By themselves these types leave special tokens out.
        return _tokenizer switch
        {
            SentencePieceTokenizer pieces => Decode(pieces, kept),
            CodeGenTokenizer codeGen => codeGen.Decode(kept, codeGen.AddPrefixSpace, considerSpecialTokens: true),
            _ => _tokenizer.Decode(kept),
        };
    }

    /// <inheritdoc/>
    public StreamingDecoder CreateStream(bool skipSpecialTokens = true) => StreamingDecoder.Over(this, skipSpecialTokens);

    private string Decode(SentencePieceTokenizer pieces, List<int> ids)
    {
        if (_space is not { } space)
        {
            return pieces.Decode(ids, considerSpecialTokens: true);
        }

        // It takes the space off the first token that has one, even in the middle of a text that begins with part of a word; here it takes one put before.
        string text = pieces.Decode(ids.Prepend(space), considerSpecialTokens: true);
        return text.StartsWith(' ') ? text[1..] : text;
    }

    private IEnumerable<int> EncodePlain(string text) => _tokenizer switch
    {
        SentencePieceTokenizer pieces => pieces.EncodeToIds(text, addBeginningOfSentence: false, addEndOfSentence: false),
        CodeGenTokenizer codeGen => codeGen.EncodeToIds(text, codeGen.AddPrefixSpace, addBeginningOfSentence: false, addEndOfSentence: false),
        BpeTokenizer bpe => WithoutSurround(bpe.EncodeToTokens(text, out _)),
        _ => _tokenizer.EncodeToIds(text),
    };

    // BpeTokenizer has no switch; what it puts around a text stands for no part of it.
    private static IEnumerable<int> WithoutSurround(IReadOnlyList<EncodedToken> tokens)
    {
        int start = tokens is [{ Offset: var first }, ..] && first.Start.Equals(first.End) ? 1 : 0;
        int end = tokens is [.., { Offset: var last }] && last.Start.Equals(last.End) ? 1 : 0;
        return tokens.Take(start..^end).Select(token => token.Id);
    }

    private static IEnumerable<int> Special(Microsoft.ML.Tokenizers.Tokenizer tokenizer) => tokenizer switch
    {
        SentencePieceTokenizer pieces => [.. Ids(pieces.SpecialTokens), pieces.BeginningOfSentenceId, pieces.EndOfSentenceId, pieces.UnknownId],
        CodeGenTokenizer codeGen => [.. Ids(codeGen.SpecialTokens), .. Ids(codeGen.BeginningOfSentenceId), .. Ids(codeGen.EndOfSentenceId)],
        BpeTokenizer bpe => Ids(bpe.SpecialTokens),
        TiktokenTokenizer tiktoken => Ids(tiktoken.SpecialTokens),
        WordPieceTokenizer words => Ids(words.SpecialTokens),
        _ => [],
    };

    private static IEnumerable<int> Ids(IReadOnlyDictionary<string, int>? tokens) => tokens?.Values ?? [];

    private static IEnumerable<int> Ids(int? id) => id is { } known ? [known] : [];
}
