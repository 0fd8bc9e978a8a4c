using System.Buffers;
using System.Text.Json;

namespace AwqIlgpu.Tests;

/// <summary>Our tokenizer as one of Microsoft.ML.Tokenizers gives what it gives by itself.</summary>
public sealed class AwqTokenizerTests
{
    private const string Text = "Once upon a time, \u00E9\U0001F600 there was <|im_start|>a girl.\n";

    // Without special tokens around a text; white space is part of a token's range.
    private static readonly Tokenizer s_demo = Tokenizer.Load(TestData.Golden("tokenizers", "demo_stories"));

    // With a special token before a text and one after it.
    private static readonly Tokenizer s_flags = Tokenizer.Load(TestData.Golden("tokenizers", "flags_bytelevel"));

    [Fact]
    public void EncodeToIds_GoldenTexts_EqualOurs()
    {
        var (surrounded, plain) = (new AwqTokenizer(s_flags), new AwqTokenizer(s_flags, specialTokens: false));
        foreach (string text in GoldenTexts())
        {
            Assert.Equal(s_flags.Encode(text), surrounded.EncodeToIds(text));
            Assert.Equal(s_flags.Encode(text, addSpecialTokens: false), plain.EncodeToIds(text.AsSpan()));
            Assert.Equal(s_flags.Encode(text).Length, surrounded.CountTokens(text));
            Assert.Equal(s_flags.EncodeWithRanges(text).Select(token => (token.Id, token.Start..token.End)), surrounded.EncodeToTokens(text, out _).Select(token => (token.Id, token.Offset)));
            Assert.Equal(s_flags.Decode(s_flags.Encode(text)), surrounded.Decode(surrounded.EncodeToIds(text)));
            Assert.Equal(s_flags.Decode(s_flags.Encode(text), skipSpecialTokens: false), plain.Decode(s_flags.Encode(text)));
        }
    }

    [Fact]
    public void EncodeToTokens_Text_NamesTokensAndTheirParts()
    {
        var tokens = new AwqTokenizer(s_demo).EncodeToTokens(Text, out string? normalized);
        Assert.Null(normalized);
        Assert.Equal(s_demo.Encode(Text), tokens.Select(token => token.Id));
        Assert.All(tokens, token => Assert.Equal(s_demo.IdToToken(token.Id), token.Value));
        Assert.Equal("<|im_start|>", Text[tokens.Single(token => token.Value == "<|im_start|>").Offset]);
    }

    [Fact]
    public void EncodeToIds_AnyLimit_EndsWithAWholeCharacter()
    {
        var tokenizer = new AwqTokenizer(s_demo);
        int[] all = s_demo.Encode(Text);
        for (int limit = 1; limit <= all.Length; limit++)
        {
            var ids = tokenizer.EncodeToIds(Text, limit, out _, out int consumed);
            Assert.InRange(ids.Count, limit - 6, limit);
            Assert.Equal(all[..ids.Count], ids);
            Assert.Equal(Text[..consumed], s_demo.Decode(all.AsSpan(0, ids.Count), skipSpecialTokens: false));
            Assert.Equal(consumed, tokenizer.GetIndexByTokenCount(Text, limit, out _, out int count));
            Assert.Equal(ids.Count, count);
            Assert.Equal(ids, tokenizer.EncodeToTokens(Text[..consumed], out _).Select(token => token.Id));
        }
    }

    [Fact]
    public void GetIndexByTokenCountFromEnd_AnyLimit_BeginsWithAWholeCharacter()
    {
        var tokenizer = new AwqTokenizer(s_demo);
        int[] all = s_demo.Encode(Text);
        for (int limit = 1; limit <= all.Length; limit++)
        {
            int index = tokenizer.GetIndexByTokenCountFromEnd(Text, limit, out _, out int count);
            Assert.InRange(count, limit - 6, limit);
            Assert.Equal(Text[index..], s_demo.Decode(all.AsSpan(all.Length - count), skipSpecialTokens: false));
        }

        Assert.Equal(0, tokenizer.GetIndexByTokenCountFromEnd(Text, all.Length, out _, out _));
    }

    [Fact]
    public void Decode_AnyDestination_GetsTheTextOfWholeCharacters()
    {
        var tokenizer = new AwqTokenizer(s_demo, specialTokens: false);
        int[] all = s_demo.Encode(Text);
        for (int length = 0; length < Text.Length; length++)
        {
            char[] destination = new char[length];
            Assert.Equal(OperationStatus.DestinationTooSmall, tokenizer.Decode(all, destination, out int consumed, out int written));
            Assert.Equal(Text.AsSpan(0, written), destination.AsSpan(0, written));
            Assert.Equal(Text[written..], tokenizer.Decode(all[consumed..]));
        }

        char[] whole = new char[Text.Length];
        Assert.Equal(OperationStatus.Done, tokenizer.Decode(all, whole, out int allConsumed, out int allWritten));
        Assert.Equal((all.Length, Text.Length, Text), (allConsumed, allWritten, new string(whole)));
    }

    [Fact]
    public void EncodeToIds_StepLeftOut_Throws()
    {
        var tokenizer = new AwqTokenizer(s_demo);
        Assert.Throws<NotSupportedException>(() => tokenizer.EncodeToIds("a", considerNormalization: false));
        Assert.Throws<NotSupportedException>(() => tokenizer.EncodeToTokens("a", out _, considerPreTokenization: false));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.GetIndexByTokenCount("a", 0, out _, out _));
    }

    [Fact]
    public void Encode_ThereAndBackAgain_EqualsOurs()
    {
        var there = new MicrosoftTokenizer(new AwqTokenizer(s_demo, specialTokens: false)) { SpecialTokenIds = new HashSet<int> { 0, 1, 2 } };
        Assert.Equal(s_demo.Encode(Text), there.Encode(Text));
        var (theirs, ours) = (there.CreateStream(), s_demo.CreateStream());
        Assert.Equal(s_demo.Encode(Text).Select(ours.Push), s_demo.Encode(Text).Select(theirs.Push));
    }

    private static IEnumerable<string> GoldenTexts()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(TestData.Golden("tokenizers", "flags_bytelevel", "cases.json")));
        return [.. document.RootElement.EnumerateArray().Select(golden => golden.GetProperty("text").GetString()!)];
    }
}
