using AwqIlgpu.Tokenization;

namespace AwqIlgpu;

/// <summary>Decodes ids one at a time and hands out text as soon as it is certain; never half a character.</summary>
/// <remarks>For one stream of ids and one thread at a time.</remarks>
public abstract class StreamingDecoder
{
    /// <summary>Takes the next id.</summary>
    /// <param name="id">The id; one without a token is left out.</param>
    /// <returns>The text that is certain now; empty where a character is not complete or the token is skipped.</returns>
    public abstract string Push(int id);

    /// <summary>Ends the stream; the next <see cref="Push"/> starts another.</summary>
    /// <returns>What was held back, an unfinished character as U+FFFD.</returns>
    public abstract string Flush();

    /// <summary>A stream for a tokenizer that can only decode ids together: it decodes the last few again with each new one.</summary>
    /// <remarks>
    /// All pieces and the flush joined equal <see cref="ITokenizer.Decode"/> of all ids where a token's text depends on the token before it at most,
    /// as in byte-level and SentencePiece vocabularies.
    /// </remarks>
    /// <param name="tokenizer">The tokenizer; it decodes an unfinished character to U+FFFD.</param>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    public static StreamingDecoder Over(ITokenizer tokenizer, bool skipSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return new WindowDecoder(tokenizer, skipSpecialTokens);
    }
}
