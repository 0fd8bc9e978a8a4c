using System.Text.Json;
using AwqIlgpu.Tokenization.Bpe;
using AwqIlgpu.Tokenization.Decoders;
using AwqIlgpu.Tokenization.Normalizers;
using AwqIlgpu.Tokenization.PostProcessors;
using AwqIlgpu.Tokenization.PreTokenizers;

namespace AwqIlgpu.Tokenization;

/// <summary>The steps that a tokenizer.json describes, in the order that text goes through them.</summary>
internal sealed class TokenizerPipeline
{
    private readonly string?[] _tokens;
    private readonly bool[] _special;

    private TokenizerPipeline(TokenizerField root)
    {
        Model = BpeModel.Read(root.Required("model"));
        Normalizer = root.Optional("normalizer") is { } normalizer ? Normalizer.Read(normalizer) : null;
        PreTokenizers = root.Optional("pre_tokenizer") is { } preTokenizer ? [.. PreTokenizer.Read(preTokenizer)] : [];
        PostProcessors = root.Optional("post_processor") is { } postProcessor ? [.. PostProcessor.Read(postProcessor)] : [];
        Decoder = DecoderReader.Read(root.Optional("decoder"));
        AddedTokens = AddedTokenSet.Read(root.Optional("added_tokens"), Model.Vocabulary, Normalizer);

        _tokens = new string?[Math.Max(Model.Vocabulary.IdLimit, AddedTokens.LastId + 1)];
        _special = new bool[_tokens.Length];
        for (int id = 0; id < _tokens.Length; id++)
        {
            _tokens[id] = AddedTokens.Content(id) ?? Model.Vocabulary.Token(id);
            _special[id] = _tokens[id] is { } token && AddedTokens.IsSpecial(token);
        }
    }

    public AddedTokenSet AddedTokens { get; }

    public Normalizer? Normalizer { get; }

    public PreTokenizer[] PreTokenizers { get; }

    public BpeModel Model { get; }

    public PostProcessor[] PostProcessors { get; }

    public DecoderFactory Decoder { get; }

    /// <summary>Tokens of the model and added ones.</summary>
    public int VocabularySize => Model.Vocabulary.Count + AddedTokens.Contents.Count(content => !Model.Vocabulary.TryGetId(content, out _));

    public static TokenizerPipeline Parse(ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Span.StartsWith("\uFEFF"u8))
        {
            utf8 = utf8[3..];
        }

        try
        {
            using var document = JsonDocument.Parse(utf8);
            return new TokenizerPipeline(new TokenizerField(document.RootElement, ""));
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{Tokenizer.FileName} is not valid JSON: {error.Message}", error);
        }
        catch (InvalidOperationException error)
        {
            // What JsonElement throws for an escaped half of a surrogate pair.
            throw new InvalidDataException($"{Tokenizer.FileName} has a JSON string that is not valid Unicode: {error.Message}", error);
        }
    }

    public int? Id(string token) =>
        AddedTokens.TryGetId(token, out int id) || Model.Vocabulary.TryGetId(token, out id) ? id : null;

    public string? Token(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;

    public bool IsSpecial(int id) => (uint)id < (uint)_special.Length && _special[id];
}
