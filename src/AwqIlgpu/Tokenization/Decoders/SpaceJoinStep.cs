namespace AwqIlgpu.Tokenization.Decoders;

/// <summary>Puts a space between tokens: what a tokenizer without a decoder does.</summary>
internal sealed class SpaceJoinStep(DecoderStep next) : DecoderStep
{
    private bool _separate;

    public override void Write(ReadOnlySpan<char> fragment, bool endsToken)
    {
        if (_separate)
        {
            next.Write(" ", endsToken: false);
        }

        next.Write(fragment, endsToken);
        _separate = endsToken;
    }

    public override void End() => next.End();
}
