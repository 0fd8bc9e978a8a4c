using System.Text;

namespace AwqIlgpu.Tokenization.Decoders;

/// <summary>Puts <paramref name="content"/> in the place of every match within a token.</summary>
internal sealed class ReplaceStep(DecoderStep next, TextPattern pattern, string content) : WholeTokenStep(next)
{
    private readonly List<TextMatch> _matches = [];
    private readonly StringBuilder _replaced = new();

    protected override void Token(ReadOnlySpan<char> token)
    {
        pattern.FindAll(token, _matches);
        if (_matches.Count == 0)
        {
            Next.Write(token, endsToken: true);
            return;
        }

        int copied = 0;
        foreach (var match in _matches)
        {
            _replaced.Append(token[copied..match.Start]).Append(content);
            copied = match.End;
        }

        _replaced.Append(token[copied..]);
        foreach (var chunk in _replaced.GetChunks())
        {
            Next.Write(chunk.Span, endsToken: false);
        }

        Next.Write([], endsToken: true);
        _matches.Clear();
        _replaced.Clear();
    }
}
