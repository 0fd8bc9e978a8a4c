using AwqIlgpu.Tokenization.Bpe;
using AwqIlgpu.Tokenization.PreTokenizers;

namespace AwqIlgpu.Tokenization;

/// <summary>One text on its way through a pipeline.</summary>
internal sealed class EncodingRun
{
    private readonly TokenizerPipeline _pipeline;
    private readonly string _text;
    private readonly BpeWord _word = new();
    private readonly EncodedText _encoded;
    private readonly Action<Piece> _firstStep;

    private EncodingRun(TokenizerPipeline pipeline, string text, bool offsets)
    {
        _pipeline = pipeline;
        _text = CodePoints.WithoutLoneSurrogates(text);
        _encoded = new EncodedText(offsets);

        // Where bytes are the last step and no offsets are wanted, the model maps them itself, for words it has not seen.
        var steps = pipeline.PreTokenizers;
        bool modelMapsBytes = !offsets && steps is [.., ByteLevelPreTokenizer];
        _firstStep = offsets ? AddWithOffsets : piece => pipeline.Model.Encode(piece.Span, modelMapsBytes, _word, _encoded.Ids);
        for (int i = steps.Length - 1; i >= 0; i--)
        {
            var step = steps[i];
            var next = _firstStep;
            var matches = new List<TextMatch>();
            _firstStep = modelMapsBytes && i == steps.Length - 1 && step is ByteLevelPreTokenizer last
                ? piece => last.SplitText(piece, matches, next)
                : piece => step.Split(piece, matches, next);
        }
    }

    /// <summary>Encodes <paramref name="text"/>.</summary>
    /// <param name="pipeline">The tokenizer's steps.</param>
    /// <param name="text">The text; lone surrogates count as U+FFFD.</param>
    /// <param name="addSpecialTokens">Whether the post-processors add theirs.</param>
    /// <param name="offsets">Whether to keep the range of each id.</param>
    /// <param name="work">Pairs that merging looked at.</param>
    public static EncodedText Encode(TokenizerPipeline pipeline, string text, bool addSpecialTokens, bool offsets, out long work)
    {
        var run = new EncodingRun(pipeline, text, offsets);
        run.Encode();
        foreach (var processor in pipeline.PostProcessors)
        {
            processor.Apply(run._encoded, addSpecialTokens, pipeline.Token);
        }

        work = run._word.Work;
        return run._encoded;
    }

    private void Encode()
    {
        bool tracked = _encoded.Offsets is not null || _pipeline.PreTokenizers.Any(step => step.NeedsOrigin);
        var whole = new AlignedText(_text, tracked, 0);
        CutTokens(whole, _pipeline.AddedTokens.Raw, segment =>
        {
            var raw = segment.Text.Slice(segment.Start, segment.Length);
            CutTokens(_pipeline.Normalizer?.Apply(raw) ?? raw, _pipeline.AddedTokens.Normalized, _firstStep);
        });
    }

    /// <summary>Adds the tokens that the matcher finds and hands on what lies between them.</summary>
    private void CutTokens(AlignedText text, AddedTokenMatcher matcher, Action<Piece> between)
    {
        int segmentStart = 0;
        int search = 0;
        while (matcher.TryFind(text.Text, ref search, segmentStart, out var token, out int start, out int end))
        {
            if (segmentStart < start)
            {
                between(new Piece(text, segmentStart, start - segmentStart));
            }

            _encoded.Ids.Add(token.Id);
            AddOffset(text, start, end - start);
            segmentStart = end;
        }

        if (segmentStart < text.Length)
        {
            between(new Piece(text, segmentStart, text.Length - segmentStart));
        }
    }

    private void AddWithOffsets(Piece piece)
    {
        _pipeline.Model.Encode(piece.Span, _word);

        // The UTF-16 unit at which the character of each UTF-8 byte starts.
        var units = new List<int>();
        for (int i = 0; i < piece.Length;)
        {
            int codePoint = CodePoints.At(piece.Span, i);
            units.AddRange(Enumerable.Repeat(i, CodePoints.Utf8Length(codePoint)));
            i += CodePoints.Length(codePoint);
        }

        int start = 0;
        foreach (var symbol in _word.Symbols)
        {
            _encoded.Ids.Add(symbol.Id);
            int last = units[start + symbol.Utf8Length - 1];
            int end = last + CodePoints.Length(CodePoints.At(piece.Span, last));
            AddOffset(piece.Text, piece.Start + units[start], end - units[start]);
            start += symbol.Utf8Length;
        }
    }

    private void AddOffset(AlignedText text, int start, int length)
    {
        if (_encoded.Offsets is { } offsets)
        {
            var (originStart, originEnd) = text.Origin(start, length);
            offsets.Add(new TextMatch(originStart, originEnd));
        }
    }
}
