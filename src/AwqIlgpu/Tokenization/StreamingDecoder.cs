using AwqIlgpu.Tokenization.Decoders;

namespace AwqIlgpu;

/// <summary>Decodes ids one at a time and hands out text as soon as it is certain; never half a character.</summary>
/// <remarks>
/// <para>All pieces and the flush joined equal <see cref="Tokenizer.Decode(ReadOnlySpan{int}, bool)"/> of all ids, with one exception: where a run of
/// byte tokens of a SentencePiece-style vocabulary becomes invalid after a part of it was handed out.</para>
/// <para>For one stream of ids and one thread at a time.</para>
/// </remarks>
public sealed class StreamingDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly TextStep _text = new();
    private DecoderStep _first;

    internal StreamingDecoder(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
        _first = tokenizer.StartDecoder(_text);
    }

    /// <summary>Takes the next id.</summary>
    /// <param name="id">The id; one without a token is left out.</param>
    /// <returns>The text that is certain now; empty where a character is not complete or the token is skipped.</returns>
    public string Push(int id)
    {
        _tokenizer.Decode(id, _skipSpecialTokens, _first);
        return _text.Take();
    }

    /// <summary>Ends the stream; the next <see cref="Push"/> starts another.</summary>
    /// <returns>What was held back, an unfinished character as U+FFFD.</returns>
    public string Flush()
    {
        _first.End();
        _first = _tokenizer.StartDecoder(_text);
        return _text.Take();
    }
}
