namespace AwqIlgpu.Tokenization.Decoders;

/// <summary>Makes one token of all.</summary>
internal sealed class FuseStep(DecoderStep next) : DecoderStep
{
    public override void Write(ReadOnlySpan<char> fragment, bool endsToken) => next.Write(fragment, endsToken: false);

    public override void End()
    {
        next.Write([], endsToken: true);
        next.End();
    }
}
