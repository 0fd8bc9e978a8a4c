using System.Text.Json;
using AwqIlgpu.Tokenization;
using AwqIlgpu.Tokenization.PreTokenizers;

namespace AwqIlgpu.Tests.Tokenization;

public class PreTokenizerTests
{
    [Theory]
    [InlineData("Removed", "the|final|countdown")]
    [InlineData("Isolated", "the|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", "the-|final-|-|countdown")]
    [InlineData("MergedWithNext", "the|-final|-|-countdown")]
    [InlineData("Contiguous", "the|-|final|--|countdown")]
    public void Split_Behavior_EqualsReferenceDocumentation(string behavior, string expected)
    {
        string split = $$"""{"type": "Split", "pattern": {"String": "-"}, "behavior": "{{behavior}}", "invert": false}""";
        Assert.Equal(expected, Pieces(split, "the-final--countdown"));
        Assert.Equal(expected, Pieces(split.Replace("String", "Regex", StringComparison.Ordinal), "the-final--countdown"));
    }

    [Theory]
    [InlineData("""{"type": "Split", "pattern": {"Regex": "[a-z]+"}, "behavior": "MergedWithNext", "invert": true}""", "ab1 2c-d", "ab|1 2c|-d")]
    [InlineData("""{"type": "Digits", "individual_digits": true}""", "a12\u00BD\u2167\U0001D7D8b", "a|1|2|\u00BD|\u2167|\U0001D7D8|b")]
    [InlineData("""{"type": "Digits", "individual_digits": false}""", "a12b", "a|12|b")]
    [InlineData("""{"type": "Punctuation"}""", "a+b\u3002\u00A9", "a|+|b|\u3002|\u00A9")]
    [InlineData("""{"type": "Whitespace"}""", "Hi,  you\U0001D41B_1!?", "Hi|,|you\U0001D41B_1|!?")]
    [InlineData("""{"type": "WhitespaceSplit"}""", " a\u00A0b\u001Cc\u0085", "a|b\u001Cc")]
    [InlineData("""{"type": "CharDelimiterSplit", "delimiter": "-"}""", "a-b--c", "a|b|c")]
    [InlineData("""{"type": "BertPreTokenizer"}""", "a b,c", "a|b|,|c")]
    [InlineData("""{"type": "Metaspace", "replacement": "_", "prepend_scheme": "always", "split": true}""", "a  b", "_a|_|_b")]
    [InlineData("""{"type": "Metaspace", "replacement": "_", "add_prefix_space": false}""", "a b", "a|_b")]
    [InlineData("""{"type": "Metaspace", "replacement": "_", "prepend_scheme": "first", "split": false}""", "a b", "_a_b")]
    [InlineData("""{"type": "Metaspace", "replacement": "_", "prepend_scheme": "first", "split": false}""", " a", "_a")]
    [InlineData("""{"type": "ByteLevel", "add_prefix_space": true, "use_regex": true}""", "it's \u00E9", "\u0120it|'s|\u0120\u00C3\u00A9")]
    [InlineData("""{"type": "Sequence", "pretokenizers": [{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}, {"type": "Digits", "individual_digits": true}]}""", "a 12", "a\u0120|1|2")]
    public void Split_Text_EqualsDefinition(string json, string text, string expected) => Assert.Equal(expected, Pieces(json, text));

    [Fact]
    public void Split_MetaspaceFirst_PrependsOnlyAtStart()
    {
        string metaspace = """{"type": "Metaspace", "replacement": "_", "prepend_scheme": "first", "split": false}""";
        var tokenizer = TokenizerGoldens.Parse(
            """{"_": 0, "a": 1, "b": 2, "<s>": 3}""", "[]", preTokenizer: metaspace,
            addedTokens: """[{"id": 3, "content": "<s>", "special": true}]""");
        Assert.Equal([0, 1, 3, 2], tokenizer.Encode("a<s>b"));
        Assert.Equal([3, 1], tokenizer.Encode("<s>a"));
    }

    private static string Pieces(string json, string text)
    {
        using var document = JsonDocument.Parse(json);
        List<string> pieces = [text];
        foreach (var step in PreTokenizer.Read(new TokenizerField(document.RootElement, "pre_tokenizer")))
        {
            var next = new List<string>();
            foreach (string piece in pieces)
            {
                step.Split(new Piece(new AlignedText(piece, true, 0), 0, piece.Length), [], part => next.Add(part.Span.ToString()));
            }

            pieces = next;
        }

        return string.Join('|', pieces);
    }
}
