using AwqIlgpu.Tokenization;
using AwqIlgpu.Tokenization.Decoders;

namespace AwqIlgpu;

/// <summary>Turns text into token ids and back, as the <c>tokenizer.json</c> of a Hugging Face checkpoint says.</summary>
/// <remarks>
/// <para>Ids and text equal those of Hugging Face's tokenizers 0.21. Byte-level BPE and BPE with byte fallback are supported.</para>
/// <para>Immutable, and safe to use from several threads at once. Time is linear in the text, but for a logarithm in one very long word.</para>
/// <para><c>truncation</c> and <c>padding</c> of the file are not applied: they belong to training batches.</para>
/// </remarks>
public sealed class Tokenizer : ITokenizer
{
    internal const string FileName = "tokenizer.json";

    private readonly TokenizerPipeline _pipeline;

    private Tokenizer(TokenizerPipeline pipeline) => _pipeline = pipeline;

    /// <summary>Number of tokens: those of the model and the added ones. Ids can have gaps and go further.</summary>
    public int VocabularySize => _pipeline.VocabularySize;

    /// <summary>Reads <c>tokenizer.json</c> of a checkpoint.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <exception cref="FileNotFoundException">The folder has no tokenizer.json.</exception>
    /// <exception cref="InvalidDataException">The file is broken; the message names the field.</exception>
    /// <exception cref="NotSupportedException">The file asks for a component that is not supported; the message names it and those that are.</exception>
    public static Tokenizer Load(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string path = Path.Combine(folder, FileName);
        return File.Exists(path)
            ? Parse(File.ReadAllBytes(path))
            : throw new FileNotFoundException($"{folder} has no {FileName}; tokenizers in other files (tokenizer.model, vocab.json) are not supported.", path);
    }

    /// <summary>Reads the content of a <c>tokenizer.json</c>.</summary>
    /// <param name="utf8Json">The file's bytes; not needed any more when this returns.</param>
    /// <exception cref="InvalidDataException">The content is broken; the message names the field.</exception>
    /// <exception cref="NotSupportedException">The content asks for a component that is not supported; the message names it and those that are.</exception>
    public static Tokenizer Parse(ReadOnlyMemory<byte> utf8Json) => new(TokenizerPipeline.Parse(utf8Json));

    /// <summary>The id of a token, or null where there is none.</summary>
    /// <param name="token">The token as the vocabulary writes it, for example <c>Ġthe</c> or <c>&lt;|im_end|&gt;</c>.</param>
    public int? TokenToId(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _pipeline.Id(token);
    }

    /// <summary>The token of an id as the vocabulary writes it, or null where there is none.</summary>
    /// <param name="id">Any number.</param>
    public string? IdToToken(int id) => _pipeline.Token(id);

    /// <summary>Whether the token of an id is special: left out of decoded text unless asked for.</summary>
    /// <param name="id">Any number.</param>
    public bool IsSpecial(int id) => _pipeline.IsSpecial(id);

    /// <summary>The ids of a text. Text that looks like an added token becomes that token.</summary>
    /// <param name="text">The text; a lone surrogate counts as U+FFFD.</param>
    /// <param name="addSpecialTokens">Whether to add the tokens that the file puts around a text, such as a beginning of sequence.</param>
    /// <exception cref="InvalidDataException">A regular expression of the file takes too long on this text.</exception>
    public int[] Encode(string text, bool addSpecialTokens = true) => [.. Encode(text, addSpecialTokens, offsets: false, out _).Ids];

    /// <summary>The ids of a text, each with the part of the text that it stands for.</summary>
    /// <param name="text">The text; a lone surrogate counts as U+FFFD.</param>
    /// <param name="addSpecialTokens">Whether to add the tokens that the file puts around a text, such as a beginning of sequence.</param>
    /// <exception cref="InvalidDataException">A regular expression of the file takes too long on this text.</exception>
    public TokenRange[] EncodeWithRanges(string text, bool addSpecialTokens = true)
    {
        var encoded = Encode(text, addSpecialTokens, offsets: true, out _);
        return [.. encoded.Ids.Zip(encoded.Offsets!, (id, part) => new TokenRange(id, part.Start, part.End))];
    }

    /// <summary>The text of ids.</summary>
    /// <param name="ids">Ids; those without a token are left out.</param>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var text = new TextStep();
        var first = _pipeline.Decoder(text, streaming: false);
        foreach (int id in ids)
        {
            Decode(id, skipSpecialTokens, first);
        }

        first.End();
        return text.Take();
    }

    /// <summary>Starts to decode ids one at a time.</summary>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    public StreamingDecoder CreateStream(bool skipSpecialTokens = true) => new PipelineDecoder(this, skipSpecialTokens);

    /// <summary>Encodes with offsets where wanted, and counts the pairs that merging looked at.</summary>
    internal EncodedText Encode(string text, bool addSpecialTokens, bool offsets, out long work)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EncodingRun.Encode(_pipeline, text, addSpecialTokens, offsets, out work);
    }

    internal DecoderStep StartDecoder(DecoderStep next) => _pipeline.Decoder(next, streaming: true);

    internal void Decode(int id, bool skipSpecialTokens, DecoderStep first)
    {
        if (_pipeline.Token(id) is { } token && !(skipSpecialTokens && _pipeline.IsSpecial(id)))
        {
            first.Write(token, endsToken: true);
        }
    }
}
