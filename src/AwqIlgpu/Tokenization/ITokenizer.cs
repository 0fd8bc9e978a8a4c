namespace AwqIlgpu;

/// <summary>What a model asks of a tokenizer: ids for its prompt, text for its ids. <see cref="Tokenizer"/> is the one that reads a checkpoint's file.</summary>
/// <remarks>An implementation is used from several threads at once; each <see cref="StreamingDecoder"/> from one at a time.</remarks>
public interface ITokenizer
{
    /// <summary>The ids of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="addSpecialTokens">Whether to add the tokens that belong around a text, such as a beginning of sequence; false for a rendered chat template, which has them.</param>
    int[] Encode(string text, bool addSpecialTokens = true);

    /// <summary>The text of ids.</summary>
    /// <param name="ids">Ids; a model can give ids that have no token, and they are left out.</param>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    /// <returns>The text, an unfinished character as U+FFFD.</returns>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true);

    /// <summary>Starts to decode ids one at a time; <see cref="StreamingDecoder.Over"/> does it for any tokenizer.</summary>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    StreamingDecoder CreateStream(bool skipSpecialTokens = true);
}
