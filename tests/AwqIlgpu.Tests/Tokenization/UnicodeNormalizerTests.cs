using System.Security.Cryptography;
using System.Text;
using AwqIlgpu.Tokenization;
using AwqIlgpu.Tokenization.Unicode;

namespace AwqIlgpu.Tests.Tokenization;

public class UnicodeNormalizerTests
{
    [Theory]
    [InlineData("NFC", false, true)]
    [InlineData("NFD", false, false)]
    [InlineData("NFKC", true, true)]
    [InlineData("NFKD", true, false)]
    public void Apply_GoldenTexts_EqualPython(string form, bool compatibility, bool compose)
    {
        var golden = TokenizerGoldens.Json(TestData.Golden("tokenizers"), "normalization.json");
        var normalizer = new UnicodeNormalizer(compatibility, compose);
        foreach (var expected in golden.GetProperty("texts").EnumerateArray())
        {
            Assert.Equal(expected.Text(form), Apply(normalizer, expected.Text("text"), tracked: false));
            Assert.Equal(expected.Text(form), Apply(normalizer, expected.Text("text"), tracked: true));
        }

        string every = string.Join('\n', Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Select(codePoint => Apply(normalizer, new Rune(codePoint).ToString(), tracked: false)));
        Assert.Equal(golden.GetProperty("every_code_point").Text(form), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(every))));
    }

    private static string Apply(UnicodeNormalizer normalizer, string text, bool tracked) => normalizer.Apply(new AlignedText(text, tracked, 0)).Text;
}
