using System.Text;
using AwqIlgpu.Tokenization;
using FsCheck.Fluent;

namespace AwqIlgpu.Tests.Tokenization;

/// <summary>A stream over any tokenizer gives what decoding all ids together gives, in whole characters.</summary>
public sealed class StreamingDecoderTests
{
    private static readonly ByteTokenizer s_bytes = new();

    // What llama's tokenizer does: a space is part of the word that follows, but for the first.
    private static readonly Tokenizer s_words = TokenizerGoldens.Parse(
        """{"a": 0, "\u2581": 1, "\u2581a": 2, "<0xC3>": 3, "<0xA9>": 4, "<s>": 5}""",
        "[]",
        decoder: """{"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}""",
        modelFields: "\"byte_fallback\": true,",
        addedTokens: """[{"id": 5, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}]""");

    [Fact]
    public void Push_TextByteByByte_GivesEachCharacterWithItsLastByte()
    {
        var stream = s_bytes.CreateStream();
        var pieces = s_bytes.Encode("a\u00E9\u20AC\U0001F600!").Select(stream.Push);
        Assert.Equal(["", "a", "", "\u00E9", "", "", "\u20AC", "", "", "", "\U0001F600", "!"], pieces);
        Assert.Equal("", stream.Flush());
    }

    [Fact]
    public void Push_AnyText_JoinsToTheText() => FsCheck.Check.QuickThrowOnFailure(Prop.ForAll<string?>(text =>
    {
        string clean = CodePoints.WithoutLoneSurrogates(text ?? "");
        return Join(s_bytes, s_bytes.Encode(clean, addSpecialTokens: false), skipSpecialTokens: false) == clean;
    }));

    [Fact]
    public void Push_AnyIds_JoinsToDecode() => FsCheck.Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(bytes =>
    {
        int[] ids = [.. bytes.Select(value => (int)value)];
        return Join(s_bytes, ids, skipSpecialTokens: true) == s_bytes.Decode(ids);
    }));

    [Fact]
    public void Push_AnyIdsOfSpacedWords_JoinsToDecode() => FsCheck.Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(bytes =>
    {
        int[] ids = [.. bytes.Select(value => value % 3)];
        return Join(s_words, ids, skipSpecialTokens: true) == s_words.Decode(ids);
    }));

    [Theory]
    [InlineData(2, 2, 1, 0)]
    [InlineData(1, 2, 5, 2)]
    [InlineData(2, 3, 4, 2)]
    [InlineData(2, 999, 2, 3)]
    public void Push_SpacesSpecialsAndBytes_JoinsToDecode(params int[] ids)
    {
        Assert.Equal(s_words.Decode(ids), Join(s_words, ids, skipSpecialTokens: true));
        Assert.Equal(s_words.Decode(ids, skipSpecialTokens: false), Join(s_words, ids, skipSpecialTokens: false));
    }

    [Theory]
    [InlineData(0x80)]
    [InlineData(0xF0)]
    [InlineData(0)]
    public void Push_LongRunWithoutCharacters_KeepsTheTextAfterIt(int id)
    {
        int[] ids = [.. s_bytes.Encode("before"), .. Enumerable.Repeat(id, 1000), .. s_bytes.Encode("\U0001F600")];
        var counted = new CountingTokenizer();
        Assert.Equal(s_bytes.Decode(ids), Join(counted, ids, skipSpecialTokens: true));

        // Twice per id, and never more than the window.
        Assert.InRange(counted.Decoded, 1, 2 * 32 * ids.Length);
    }

    [Fact]
    public void Flush_UnfinishedCharacter_GivesReplacementAndStartsAnew()
    {
        var stream = s_bytes.CreateStream();
        Assert.Equal("", stream.Push(0xC3));
        Assert.Equal("\uFFFD", stream.Flush());
        Assert.Equal("", stream.Push(0xC3));
        Assert.Equal("\u00E9", stream.Push(0xA9));
        Assert.Equal("", stream.Flush());
    }

    [Fact]
    public void Over_Null_Throws() => Assert.Throws<ArgumentNullException>(() => StreamingDecoder.Over(null!));

    private static string Join(ITokenizer tokenizer, int[] ids, bool skipSpecialTokens)
    {
        var stream = StreamingDecoder.Over(tokenizer, skipSpecialTokens);
        var text = new StringBuilder();
        foreach (int id in ids)
        {
            string piece = stream.Push(id);
            Assert.Equal(CodePoints.WithoutLoneSurrogates(piece), piece);
            text.Append(piece);
        }

        return text.Append(stream.Flush()).ToString();
    }

    /// <summary>Counts the ids that were decoded.</summary>
    private sealed class CountingTokenizer : ITokenizer
    {
        public long Decoded { get; private set; }

        public int[] Encode(string text, bool addSpecialTokens = true) => s_bytes.Encode(text, addSpecialTokens);

        public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
        {
            Decoded += ids.Length;
            return s_bytes.Decode(ids, skipSpecialTokens);
        }

        public StreamingDecoder CreateStream(bool skipSpecialTokens = true) => StreamingDecoder.Over(this, skipSpecialTokens);
    }
}
