namespace AwqIlgpu.Tokenization.Decoders;

/// <summary>Makes a space of the suffix that ends a word, and nothing of it in the last token.</summary>
internal sealed class SuffixStep(DecoderStep next, string suffix) : WholeTokenStep(next)
{
    // Only the next token tells that this one is not the last.
    private string? _last;

    public override void End()
    {
        Release("");
        Next.End();
    }

    protected override void Token(ReadOnlySpan<char> token)
    {
        Release(" ");
        _last = token.ToString();
    }

    private void Release(string replacement)
    {
        if (_last is not null)
        {
            Next.Write(suffix.Length == 0 ? _last : _last.Replace(suffix, replacement, StringComparison.Ordinal), endsToken: true);
        }
    }
}
