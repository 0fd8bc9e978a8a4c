using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using AwqIlgpu.Tokenization;

namespace AwqIlgpu.Tests.Tokenization;

public class OnigurumaPatternTests
{
    [Theory]
    [InlineData(@"\p{N}{1,3}", "12345", "123|45")]
    [InlineData(@"\p{L}+", "a\U00020BB7\U0001D41B1", "a\U00020BB7\U0001D41B")]
    [InlineData(@"[^\s\p{L}]", "a\U0001F600 ", "\U0001F600")]
    [InlineData(@"a{2}", "aaaa\U0001F600aa", "aa|aa|aa")]
    [InlineData(@"(?i:'s|'re)", "'S'\u017F'RE", "'S|'\u017F|'RE")]
    [InlineData(@"'(?i:[sdmt]|ll)", "'\u017F'LL's", "'\u017F|'LL|'s")]
    [InlineData(@"'s", "'s'S'\u017F", "'s")]
    [InlineData(@"a++b|a", "aab", "aab")]
    [InlineData(@"(?:ab)?+c", "abc", "abc")]
    [InlineData(@"a?+a", "aa", "aa")]
    [InlineData(@"\w+", "a\u2167_\u24B6-b", "a\u2167_\u24B6|b")]
    [InlineData(@"\h+", "fgA9", "f|A9")]
    [InlineData(@"\x{e9}", "\u00E9", "\u00E9")]
    [InlineData(@"(?m:a.b)", "a\nb", "a\nb")]
    [InlineData(@"a{,2}b", "aaab", "aab")]
    [InlineData(@"\s+(?!\S)|\s+", "a   b", "  | ")]
    [InlineData(@"^a|b$", "a\na\nb\nb", "a|a|b|b")]
    [InlineData(@"\P{^L}", "1a", "a")]
    public void Translate_Pattern_MatchesAsOniguruma(string pattern, string text, string expected)
    {
        var matches = new List<TextMatch>();
        Read(pattern).FindAll(text, matches);
        Assert.Equal(expected, string.Join('|', matches.Select(match => text[match.Start..match.End])));
    }

    [Theory]
    [InlineData(@"\p{Han}")]
    [InlineData(@"[a[bc]]")]
    [InlineData(@"[a-z&&[^b]]")]
    [InlineData(@"\X")]
    [InlineData(@"(?x: a)")]
    [InlineData(@"\x{1F600}")]
    [InlineData("[\U0001F600]")]
    public void Translate_WithoutCounterpart_ThrowsNotSupported(string pattern)
    {
        var error = Assert.Throws<NotSupportedException>(() => Read(pattern));
        Assert.Contains("pre_tokenizer.pattern.Regex", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(a")]
    [InlineData("a)")]
    [InlineData("[a")]
    [InlineData("*a")]
    [InlineData("\\")]
    [InlineData("(?")]
    [InlineData("(?i")]
    [InlineData(@"\p{L")]
    public void Translate_BrokenPattern_ThrowsInvalidData(string pattern) => Assert.Throws<InvalidDataException>(() => Read(pattern));

    [Theory]
    [InlineData(SplitRegexes.Gpt2Source)]
    [InlineData(SplitRegexes.QwenSource)]
    [InlineData(SplitRegexes.Llama3Source)]
    public void Find_CommonPattern_MatchesAsItsTranslation(string source)
    {
        var translated = new Regex(OnigurumaPattern.Translate(source), RegexOptions.CultureInvariant | RegexOptions.Multiline);
        var random = new Random(5);
        string alphabet = "'''sStTrReEvVmMlLdD\u017F\u212A  \t\r\n\n\u00A0\u0085\u001C09\u00BD\u0669aZ\u00E9\u0301\u4E2D\uFF0C.,!-_$\u00AD";
        for (int i = 0; i < 2000; i++)
        {
            string text = new([.. Enumerable.Range(0, 30).Select(_ => alphabet[random.Next(alphabet.Length)])]);
            Assert.Equal(translated.Matches(text).Select(match => match.Value), SplitRegexes.Find(source)!.Matches(text).Select(match => match.Value));
        }
    }

    [Fact]
    public void For_EachCategory_IsOfThatCategory()
    {
        foreach (var category in Enum.GetValues<UnicodeCategory>())
        {
            Assert.Equal(category, CharUnicodeInfo.GetUnicodeCategory(CategoryRepresentatives.For(category)));
        }
    }

    private static TextPattern Read(string pattern)
    {
        using var document = JsonDocument.Parse(JsonSerializer.Serialize(new Dictionary<string, string> { ["Regex"] = pattern }));
        return TextPattern.Read(new TokenizerField(document.RootElement, "pre_tokenizer.pattern"));
    }
}
