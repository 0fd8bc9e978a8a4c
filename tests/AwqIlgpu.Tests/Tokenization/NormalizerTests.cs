using System.Text.Json;
using AwqIlgpu.Tokenization;
using AwqIlgpu.Tokenization.Normalizers;

namespace AwqIlgpu.Tests.Tokenization;

public class NormalizerTests
{
    [Theory]
    [InlineData("""{"type": "Prepend", "prepend": "_"}""", "a b", "_a b")]
    [InlineData("""{"type": "Prepend", "prepend": "_"}""", "", "")]
    [InlineData("""{"type": "Replace", "pattern": {"String": " "}, "content": "__"}""", " a  b", "__a____b")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}""", "\n a \t b", " a b")]
    [InlineData("""{"type": "Lowercase"}""", "\u00C9\u0130\U00010400 A\u03A3", "\u00E9i\u0307\U00010428 a\u03C3")]
    [InlineData("""{"type": "Strip", "strip_left": true, "strip_right": true}""", "\u00A0 a b\n", "a b")]
    [InlineData("""{"type": "Strip", "strip_left": false, "strip_right": true}""", " a ", " a")]
    [InlineData("""{"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}]}""", "\u00E9\u1EBFa", "eea")]
    [InlineData("""{"type": "ByteLevel"}""", "a \u00E9", "a\u0120\u00C3\u00A9")]
    public void Apply_Text_EqualsDefinition(string json, string text, string expected)
    {
        Assert.Equal(expected, Read(json).Apply(new AlignedText(text, tracked: false, 0)).Text);
        Assert.Equal(expected, Read(json).Apply(new AlignedText(text, tracked: true, 0)).Text);
    }

    [Fact]
    public void Apply_TrackedText_KeepsOrigins()
    {
        var normalizer = Read("""{"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Strip"}, {"type": "Replace", "pattern": {"String": "b"}, "content": "xy"}, {"type": "Prepend", "prepend": "_"}]}""");
        var text = normalizer.Apply(new AlignedText(" e\u0301b\U0001F600 ", tracked: true, 0));
        Assert.Equal("_\u00E9xy\U0001F600", text.Text);

        // A composed letter has the origin of its base, as in the reference.
        Assert.Equal([(1, 2), (1, 2), (3, 4), (3, 4), (4, 6)], [text.Origin(0, 1), text.Origin(1, 1), text.Origin(2, 1), text.Origin(3, 1), text.Origin(4, 2)]);
    }

    [Fact]
    public void Read_UnknownType_NamesSupported()
    {
        var error = Assert.Throws<NotSupportedException>(() => Read("""{"type": "Nmt"}"""));
        Assert.Contains("NFKC", error.Message, StringComparison.Ordinal);
    }

    private static Normalizer Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Normalizer.Read(new TokenizerField(document.RootElement.Clone(), "normalizer"));
    }
}
