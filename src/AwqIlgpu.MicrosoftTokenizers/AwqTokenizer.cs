using System.Buffers;
using Microsoft.ML.Tokenizers;

namespace AwqIlgpu;

/// <summary>The tokenizer of a checkpoint as one of Microsoft.ML.Tokenizers.</summary>
/// <remarks>
/// <para>
/// Special tokens are added when encoding and left out when decoding, unless told otherwise. Ranges count in UTF-16 units of the caller's text, since the
/// steps that change text keep track of it: the normalized text is always null. Every token that holds a part of a character has the range of all of it.
/// </para>
/// <para>A limit on tokens never parts a character: the tokens end before it.</para>
/// </remarks>
public sealed class AwqTokenizer : Microsoft.ML.Tokenizers.Tokenizer
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _specialTokens;

    /// <summary>Wraps <paramref name="tokenizer"/>.</summary>
    /// <param name="tokenizer">The checkpoint's tokenizer.</param>
    /// <param name="specialTokens">True: the tokens that belong around a text are added, and decoded text is without special tokens. False: none is added, and none left out.</param>
    public AwqTokenizer(Tokenizer tokenizer, bool specialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        _specialTokens = specialTokens;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException"><paramref name="ids"/> is null.</exception>
    public override string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Decode(ids.ToArray());
    }

    /// <inheritdoc/>
    /// <remarks>Where the destination is too small, it gets the text of as many ids as fit with whole characters.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="ids"/> is null.</exception>
    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        int[] all = [.. ids];
        string text = Decode(all);
        if (text.AsSpan().TryCopyTo(destination))
        {
            idsConsumed = all.Length;
            charsWritten = text.Length;
            return OperationStatus.Done;
        }

        // Ids whose text is certain and fits; fewer where a character goes on beyond them.
        idsConsumed = CountFitting(all, destination.Length);
        string part = Decode(all.AsSpan(0, idsConsumed));
        while (part.Length > destination.Length || !text.StartsWith(part, StringComparison.Ordinal))
        {
            part = Decode(all.AsSpan(0, --idsConsumed));
        }

        part.CopyTo(destination);
        charsWritten = part.Length;
        return OperationStatus.DestinationTooSmall;
    }

    /// <inheritdoc/>
    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var tokens = Encode(text, textSpan, settings, out int length);
        int count = CountFitting(tokens, settings.MaxTokenCount);
        return new EncodeResults<EncodedToken>
        {
            Tokens = [.. tokens.Take(count).Select(token => new EncodedToken(token.Id, _tokenizer.IdToToken(token.Id) ?? "", token.Start..token.End))],
            CharsConsumed = EndOf(tokens, count, length),
        };
    }

    /// <inheritdoc/>
    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        if (settings.MaxTokenCount == int.MaxValue)
        {
            Check(settings);
            text ??= textSpan.ToString();
            return new EncodeResults<int> { Tokens = _tokenizer.Encode(text, _specialTokens), CharsConsumed = text.Length };
        }

        var tokens = Encode(text, textSpan, settings, out int length);
        int count = CountFitting(tokens, settings.MaxTokenCount);
        return new EncodeResults<int> { Tokens = [.. tokens.Take(count).Select(token => token.Id)], CharsConsumed = EndOf(tokens, count, length) };
    }

    /// <inheritdoc/>
    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) => EncodeToIds(text, textSpan, settings).Tokens.Count;

    /// <inheritdoc/>
    protected override int GetIndexByTokenCount(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText, out int tokenCount)
    {
        normalizedText = null;
        var tokens = Encode(text, textSpan, settings, out int length);
        if (!fromEnd)
        {
            tokenCount = CountFitting(tokens, settings.MaxTokenCount);
            return EndOf(tokens, tokenCount, length);
        }

        int first = Math.Max(0, tokens.Length - settings.MaxTokenCount);
        while (PartsCharacter(tokens, first))
        {
            first++;
        }

        tokenCount = tokens.Length - first;

        // Not the first token's start: a range can be without the white space before it.
        return first == 0 ? 0 : first == tokens.Length ? length : EndOf(tokens, first, length);
    }

    private string Decode(ReadOnlySpan<int> ids) => _tokenizer.Decode(ids, skipSpecialTokens: _specialTokens);

    private TokenRange[] Encode(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, out int length)
    {
        Check(settings);
        text ??= textSpan.ToString();
        length = text.Length;
        return _tokenizer.EncodeWithRanges(text, _specialTokens);
    }

    private static void Check(EncodeSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.MaxTokenCount);
        if (!settings.ConsiderNormalization || !settings.ConsiderPreTokenization)
        {
            throw new NotSupportedException("Normalization and pre-tokenization are steps of the checkpoint's tokenizer and cannot be left out; pass true for both.");
        }
    }

    /// <summary>The most tokens, up to <paramref name="limit"/>, that end with a whole character.</summary>
    private static int CountFitting(TokenRange[] tokens, int limit)
    {
        int count = Math.Min(limit, tokens.Length);
        while (PartsCharacter(tokens, count))
        {
            count--;
        }

        return count;
    }

    private int CountFitting(int[] ids, int characters)
    {
        var stream = _tokenizer.CreateStream(skipSpecialTokens: _specialTokens);
        int count = 0;
        while (count < ids.Length && (characters -= stream.Push(ids[count]).Length) >= 0)
        {
            count++;
        }

        return count;
    }

    // Tokens of one character share its range; the tokens around a text have an empty one.
    private static bool PartsCharacter(TokenRange[] tokens, int index) =>
        index > 0 && index < tokens.Length && tokens[index].Start < tokens[index].End && tokens[index].Start < tokens[index - 1].End;

    private static int EndOf(TokenRange[] tokens, int count, int length) =>
        count == tokens.Length ? length : tokens.Take(count).Select(token => token.End).DefaultIfEmpty().Max();
}
