namespace AwqIlgpu.Tokenization.Decoders;

/// <summary>One step from tokens to text, for one decoding: it holds what it cannot decide yet.</summary>
internal abstract class DecoderStep
{
    /// <summary>Takes a part of a token.</summary>
    /// <param name="fragment">The part; the whole token in most cases.</param>
    /// <param name="endsToken">Whether the token ends here.</param>
    public abstract void Write(ReadOnlySpan<char> fragment, bool endsToken);

    /// <summary>Hands on what is held; no token comes after.</summary>
    public abstract void End();
}
