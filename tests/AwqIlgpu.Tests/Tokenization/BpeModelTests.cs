namespace AwqIlgpu.Tests.Tokenization;

public class BpeModelTests
{
    [Theory]
    [InlineData("", "abc", new[] { 3, 2 })] // by merges
    [InlineData("\"ignore_merges\": true,", "abc", new[] { 4 })] // the word is a token
    [InlineData("\"ignore_merges\": true,", "abcc", new[] { 3, 2, 2 })]
    [InlineData("", "axb", new[] { 3 })] // no unknown token: left out, and its neighbours merge
    [InlineData("\"unk_token\": \"?\",", "axyb", new[] { 0, 5, 5, 1 })]
    [InlineData("\"unk_token\": \"?\", \"fuse_unk\": true,", "axyb", new[] { 0, 5, 1 })]
    [InlineData("\"unk_token\": \"?\", \"byte_fallback\": true,", "ax\u00E9", new[] { 0, 6, 7, 5 })] // as the reference: the unknown x waits until the byte tokens are out
    [InlineData("\"unk_token\": \"?\", \"byte_fallback\": true, \"fuse_unk\": true,", "x\u00E9x", new[] { 6, 7, 5 })] // as the reference: unknowns fuse over byte tokens
    public void Encode_ModelFlags_EqualDefinition(string fields, string text, int[] expected)
    {
        var tokenizer = TokenizerGoldens.Parse("""{"a": 0, "b": 1, "c": 2, "ab": 3, "abc": 4, "?": 5, "<0xC3>": 6, "<0xA9>": 7}""", """["a b"]""", modelFields: fields);
        Assert.Equal(expected, tokenizer.Encode(text));
    }

    [Fact]
    public void Encode_Affixes_MarkContinuingAndLastCharacters()
    {
        var tokenizer = TokenizerGoldens.Parse(
            """{"a": 0, "##b": 1, "##c</w>": 2, "ab": 3, "a</w>": 4}""", """[["a", "##b"]]""",
            modelFields: "\"continuing_subword_prefix\": \"##\", \"end_of_word_suffix\": \"</w>\",");
        Assert.Equal([3, 2], tokenizer.Encode("abc"));
        Assert.Equal([4], tokenizer.Encode("a"));
    }

    [Theory]
    [InlineData("""["a _", "a_ b"]""")] // merges cross the boundary: no cut is allowed
    [InlineData("""["_ b"]""")] // none does
    public void Encode_WordsWithBoundary_MergeAsWhole(string merges)
    {
        string vocabulary = """{"a": 0, "b": 1, "_": 2, "a_": 3, "a_b": 4, "_b": 5}""".Replace('_', '\u2581');
        var tokenizer = TokenizerGoldens.Parse(vocabulary, merges.Replace('_', '\u2581'));
        Assert.Equal(merges.Contains("a_", StringComparison.Ordinal) ? [4, 0] : [0, 5, 0], tokenizer.Encode("a\u2581ba"));
    }
}
