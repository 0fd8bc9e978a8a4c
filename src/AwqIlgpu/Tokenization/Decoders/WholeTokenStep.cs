using System.Text;

namespace AwqIlgpu.Tokenization.Decoders;

/// <summary>A step that must see a token whole; it gathers the parts.</summary>
internal abstract class WholeTokenStep(DecoderStep next) : DecoderStep
{
    private readonly StringBuilder _parts = new();

    protected DecoderStep Next { get; } = next;

    public sealed override void Write(ReadOnlySpan<char> fragment, bool endsToken)
    {
        if (endsToken && _parts.Length == 0)
        {
            Token(fragment);
            return;
        }

        _parts.Append(fragment);
        if (endsToken)
        {
            string token = _parts.ToString();
            _parts.Clear();
            Token(token);
        }
    }

    public override void End() => Next.End();

    protected abstract void Token(ReadOnlySpan<char> token);
}
