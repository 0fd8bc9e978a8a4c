using AwqIlgpu.Tokenization.Decoders;

namespace AwqIlgpu.Tokenization;

/// <summary>Sends each token through the steps of a tokenizer.json, which hold what they cannot decide yet.</summary>
/// <remarks>
/// All pieces and the flush joined equal <see cref="Tokenizer.Decode(ReadOnlySpan{int}, bool)"/> of all ids, with one exception: where a run of
/// byte tokens of a SentencePiece-style vocabulary becomes invalid after a part of it was handed out.
/// </remarks>
internal sealed class PipelineDecoder : StreamingDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly TextStep _text = new();
    private DecoderStep _first;

    public PipelineDecoder(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
        _first = tokenizer.StartDecoder(_text);
    }

    public override string Push(int id)
    {
        _tokenizer.Decode(id, _skipSpecialTokens, _first);
        return _text.Take();
    }

    public override string Flush()
    {
        _first.End();
        _first = _tokenizer.StartDecoder(_text);
        return _text.Take();
    }
}
