namespace AwqIlgpu.Tokenization.Decoders;

/// <summary>Makes spaces of the visible character, and drops those of the first token where the pre-tokenizer put one there.</summary>
internal sealed class MetaspaceStep(DecoderStep next, string replacement, bool dropsFirst) : WholeTokenStep(next)
{
    private bool _first = true;

    protected override void Token(ReadOnlySpan<char> token)
    {
        string text = token.ToString().Replace(replacement, _first && dropsFirst ? "" : " ", StringComparison.Ordinal);
        _first = false;
        Next.Write(text, endsToken: true);
    }
}
