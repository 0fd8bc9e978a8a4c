using System.Text;

namespace AwqIlgpu.Tests;

/// <summary>A tokenizer of Microsoft.ML.Tokenizers does for a model what ours does.</summary>
public sealed class MicrosoftTokenizerTests
{
    private const string Text = "ab \u00E9 \u20AC\U0001F600 b";

    public static TheoryData<string> Names => ["tiktoken", "bpe", "codegen", "llama"];

    [Theory]
    [InlineData("tiktoken", new int[0], new int[0])]
    [InlineData("bpe", new[] { 255 }, new[] { 253 })]
    [InlineData("codegen", new[] { 253 }, new int[0])]
    [InlineData("llama", new[] { 1 }, new int[0])]
    public void Encode_SpecialTokensAskedFor_SurroundTheText(string name, int[] before, int[] after)
    {
        var tokenizer = Tokenizer(name);
        int[] plain = tokenizer.Encode(Text, addSpecialTokens: false);
        Assert.Equal([.. before, .. plain, .. after], tokenizer.Encode(Text));
        Assert.DoesNotContain(plain, before.Concat(after).Contains);
    }

    [Theory]
    [InlineData("tiktoken")]
    [InlineData("bpe")]
    [InlineData("codegen")]
    public void Encode_ByteVocabulary_GivesBytesAndMerges(string name) =>
        Assert.Equal([254, .. Encoding.UTF8.GetBytes(Text[2..]).Select(value => (int)value)], Tokenizer(name).Encode(Text, addSpecialTokens: false));

    [Fact]
    public void Encode_BeginningIds_ComeFirst()
    {
        var tokenizer = new MicrosoftTokenizer(SmallTokenizers.Tiktoken()) { BeginningIds = [255] };
        Assert.Equal([255, 254], tokenizer.Encode("ab"));
        Assert.Equal([254], tokenizer.Encode("ab", addSpecialTokens: false));
        Assert.Equal([255, 254], tokenizer.Encode("<s>ab", addSpecialTokens: false));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Decode_EncodedText_IsTheText(string name)
    {
        var tokenizer = Tokenizer(name);
        Assert.Equal(Text, tokenizer.Decode(tokenizer.Encode(Text)));
        Assert.Equal(Text, tokenizer.Decode(tokenizer.Encode(Text, addSpecialTokens: false), skipSpecialTokens: false));
    }

    [Theory]
    [InlineData("tiktoken", 255, "<s>")]
    [InlineData("bpe", 255, "<s>")]
    [InlineData("codegen", 253, "<|endoftext|>")]
    [InlineData("llama", 1, "<s>")]
    public void Decode_SpecialToken_OnlyWhereAskedFor(string name, int special, string token)
    {
        var tokenizer = Tokenizer(name);
        int[] ids = [.. tokenizer.Encode("a", addSpecialTokens: false), special];
        Assert.Equal("a", tokenizer.Decode(ids));
        Assert.Equal("a" + token, tokenizer.Decode(ids, skipSpecialTokens: false));
        Assert.Equal("", new MicrosoftTokenizer(SmallTokenizers.Tiktoken()) { SpecialTokenIds = new HashSet<int> { 254 } }.Decode([254]));
    }

    [Fact]
    public void Decode_SentencePieceTextFromTheMiddle_KeepsTheSpacesAfterItsStart()
    {
        // A line break as a byte, then the words a and b; ids as SmallTokenizers.Llama says.
        const int LineBreak = 3 + '\n', A = 262, B = 263;
        var tokenizer = Tokenizer("llama");
        Assert.Equal("\n a b", tokenizer.Decode([LineBreak, A, B]));
        Assert.Equal("a b", tokenizer.Decode([A, B]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Decode_IdWithoutToken_IsLeftOut(string name)
    {
        var tokenizer = Tokenizer(name);
        int[] ids = tokenizer.Encode("ab", addSpecialTokens: false);
        Assert.Equal("ab", tokenizer.Decode([.. ids, 100_000]));
        Assert.Equal("ab", tokenizer.Decode([.. ids, -1]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Push_EncodedText_JoinsToTheTextInWholeCharacters(string name)
    {
        var tokenizer = Tokenizer(name);
        var stream = tokenizer.CreateStream();
        string[] pieces = [.. tokenizer.Encode(Text).Select(stream.Push)];
        Assert.Contains("\u20AC", pieces);
        Assert.Contains("\U0001F600", pieces);
        Assert.Equal(Text, string.Concat(pieces) + stream.Flush());
    }

    [Fact]
    public async Task Generate_ModelOpenedWithIt_TakesTextAndGivesText()
    {
        var tokenizer = new MicrosoftTokenizer(SmallTokenizers.Tiktoken()) { BeginningIds = [1] };
        using var model = LanguageModel.Open(TestData.Golden("models", "llama", "awq"), new LanguageModelOptions { Tokenizer = tokenizer, Context = 64, Threads = 1 });
        var options = new GenerationOptions { MaxTokens = 24, IgnoreEos = true, Sampling = new SamplingOptions { Temperature = 0 } };
        var tokens = new List<GeneratedToken>();
        await foreach (var token in model.GenerateAsync(Text, options))
        {
            tokens.Add(token);
        }

        var fromIds = Assert.Single(await model.GenerateBatchAsync([new GenerationRequest(tokenizer.Encode(Text), options)]));
        Assert.Equal(fromIds.TokenIds, tokens.Select(token => token.Id));
        Assert.Equal(tokenizer.Decode([.. fromIds.TokenIds]), string.Concat(tokens.Select(token => token.Text)));
    }

    private static MicrosoftTokenizer Tokenizer(string name) => new(name switch
    {
        "tiktoken" => SmallTokenizers.Tiktoken(),
        "bpe" => SmallTokenizers.Bpe(),
        "codegen" => SmallTokenizers.CodeGen(),
        _ => SmallTokenizers.Llama(),
    });
}
