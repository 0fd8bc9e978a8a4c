namespace AwqIlgpu.Tests.Tokenization;

public class DecoderTests
{
    private const string Vocabulary = """{"_a": 0, "b": 1, "__": 2, "c</w>": 3, "<0xC3>": 4, "<0xA9>": 5, "<0x41>": 6, "_": 7}""";

    [Theory]
    [InlineData("null", new[] { 0, 1 }, "_a b")]
    [InlineData("""{"type": "Fuse"}""", new[] { 0, 1 }, "_ab")]
    [InlineData("""{"type": "Metaspace", "replacement": "_", "prepend_scheme": "always"}""", new[] { 0, 0 }, "a a")]
    [InlineData("""{"type": "Metaspace", "replacement": "_", "prepend_scheme": "never"}""", new[] { 0, 0 }, " a a")]
    [InlineData("""{"type": "BPEDecoder", "suffix": "</w>"}""", new[] { 3, 1, 3 }, "c bc")]
    [InlineData("""{"type": "ByteFallback"}""", new[] { 4, 5, 1, 6, 4, 1 }, "\u00E9b\uFFFD\uFFFDb")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "_+"}, "content": " "}""", new[] { 2, 0, 1 }, "  ab")]
    [InlineData("""{"type": "Strip", "content": "_", "start": 1, "stop": 0}""", new[] { 2, 0, 7 }, "_a")]
    [InlineData("""{"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "Strip", "content": "_", "start": 1, "stop": 2}]}""", new[] { 0, 7, 1, 2, 7 }, "a_b_")]
    [InlineData("""{"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "Strip", "content": "_", "start": 0, "stop": 1}]}""", new[] { 1, 7, 7, 1, 7 }, "b__b")]
    [InlineData("""{"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "Replace", "pattern": {"String": "__"}, "content": "-"}]}""", new[] { 1, 7, 7, 1 }, "b-b")]
    public void Decode_Steps_EqualDefinition(string decoder, int[] ids, string expected)
    {
        var tokenizer = TokenizerGoldens.Parse(Vocabulary, "[]", decoder: decoder);
        Assert.Equal(expected, tokenizer.Decode(ids));
        if (!expected.Contains('\uFFFD', StringComparison.Ordinal))
        {
            var stream = tokenizer.CreateStream();
            Assert.Equal(expected, string.Concat(ids.Select(stream.Push)) + stream.Flush());
        }
    }
}
