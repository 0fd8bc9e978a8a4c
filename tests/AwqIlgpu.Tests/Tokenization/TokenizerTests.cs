using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AwqIlgpu.Tokenization;
using FsCheck.Fluent;

namespace AwqIlgpu.Tests.Tokenization;

/// <summary>Ids, offsets and text against those of Hugging Face's tokenizers.</summary>
public class TokenizerTests
{
    private static readonly string s_flags = TestData.Golden("tokenizers", "flags_bytelevel");

    [Fact]
    public void Encode_FlagsCases_EqualReference() => CheckCases(s_flags);

    [Fact]
    public void Decode_FlagsIds_EqualReference() => CheckDecodes(s_flags);

    [SharedTheory]
    [InlineData("flags_bytelevel")]
    [InlineData("smollm2")]
    [InlineData("llama2")]
    [InlineData("phi3")]
    [InlineData("qwen3")]
    public void Encode_AllCases_EqualReference(string name) => CheckCases(TestData.Shared("goldens", "tokenizers", name));

    [SharedTheory]
    [InlineData("flags_bytelevel")]
    [InlineData("smollm2")]
    [InlineData("llama2")]
    [InlineData("phi3")]
    [InlineData("qwen3")]
    public void Decode_RandomIds_EqualReference(string name) => CheckDecodes(TestData.Shared("goldens", "tokenizers", name));

    [SharedTheory]
    [InlineData("flags_bytelevel")]
    [InlineData("smollm2")]
    [InlineData("llama2")]
    [InlineData("phi3")]
    [InlineData("qwen3")]
    public void Encode_WikiText2_EqualsReference(string name)
    {
        string folder = TestData.Shared("goldens", "tokenizers", name);
        var tokenizer = TokenizerGoldens.Tokenizer(folder);
        var golden = TokenizerGoldens.Json(folder, "corpus.json");
        string text = File.ReadAllText(TestData.Shared("data", "wikitext-2", "test.txt"));
        int[] plain = tokenizer.Encode(text, addSpecialTokens: false);
        CheckCorpus("with_special", tokenizer.Encode(text));
        CheckCorpus("without_special", plain);
        CheckCorpus("per_line_without_special", [.. Lines(text).SelectMany(line => tokenizer.Encode(line, addSpecialTokens: false))]);
        Assert.Equal(golden.GetProperty("decoded_equals_file").GetBoolean(), tokenizer.Decode(plain) == text);

        void CheckCorpus(string part, int[] ids)
        {
            var expected = golden.GetProperty(part);
            Assert.Equal(expected.Ids("first50"), ids[..50]);
            Assert.Equal(expected.Ids("last50"), ids[^50..]);
            Assert.Equal(expected.GetProperty("count").GetInt32(), ids.Length);
            Assert.Equal(expected.Text("sha256"), Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(ids.AsSpan()))));
        }
    }

    [Fact]
    public void Parse_BrokenFiles_NameWhatIsWrong()
    {
        foreach (var broken in TokenizerGoldens.Json(TestData.Golden("tokenizers"), "malformed.json").EnumerateArray())
        {
            byte[] json = Encoding.UTF8.GetBytes(broken.Text("json"));
            if (broken.Text("expect") == "loads")
            {
                Assert.Equal([2], Tokenizer.Parse(json).Encode("ab"));
                continue;
            }

            var error = Record.Exception(() => Tokenizer.Parse(json));
            Assert.True(error is InvalidDataException or NotSupportedException, $"{broken.Text("name")}: {error}");
            foreach (var name in broken.GetProperty("message_names").EnumerateArray())
            {
                Assert.Contains(name.GetString()!, error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1, 2]")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 2147483647}, \"merges\": []}}")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 4294967296}, \"merges\": []}}")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"\\ud800\": 0}, \"merges\": []}}")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a\"]}}")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [[\"a\"]]}}")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"dropout\": 0.1, \"vocab\": {\"a\": 0}, \"merges\": []}}")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}, \"decoder\": {\"type\": \"CTC\"}}")]
    [InlineData("{\"model\": {\"type\": \"Unigram\", \"vocab\": [[\"a\", 0.5]]}}")]
    public void Parse_BrokenContent_Throws(string json)
    {
        var error = Record.Exception(() => Tokenizer.Parse(Encoding.UTF8.GetBytes(json)));
        Assert.True(error is InvalidDataException or NotSupportedException, $"{error}");
    }

    [Fact]
    public void Parse_DeepNesting_Throws()
    {
        byte[] json = Encoding.UTF8.GetBytes("{\"normalizer\":" + string.Concat(Enumerable.Repeat("{\"type\":\"Sequence\",\"normalizers\":[", 500_000)));
        Assert.Throws<InvalidDataException>(() => Tokenizer.Parse(json));
    }

    [Fact]
    public void Load_FolderWithoutFile_NamesIt()
    {
        var error = Assert.Throws<FileNotFoundException>(() => Tokenizer.Load(TestData.Golden("tokenizers")));
        Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TokenToId_AddedAndModelTokens_RoundTrips()
    {
        var tokenizer = TokenizerGoldens.Tokenizer(s_flags);
        Assert.Equal(918, tokenizer.VocabularySize);
        Assert.Equal(906, tokenizer.TokenToId("cat"));
        for (int id = 0; id < tokenizer.VocabularySize; id++)
        {
            Assert.Equal(id, tokenizer.TokenToId(tokenizer.IdToToken(id)!));
        }

        Assert.True(tokenizer.IsSpecial(900));
        Assert.False(tokenizer.IsSpecial(906));
        Assert.Null(tokenizer.TokenToId("no such token"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(918)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Decode_IdOutOfRange_IsLeftOut(int id)
    {
        var tokenizer = TokenizerGoldens.Tokenizer(s_flags);
        Assert.Null(tokenizer.IdToToken(id));
        Assert.False(tokenizer.IsSpecial(id));
        int[] cat = tokenizer.Encode("a b", addSpecialTokens: false);
        Assert.Equal("a b", tokenizer.Decode([.. cat, id]));
        Assert.Equal("", tokenizer.CreateStream().Push(id));
    }

    [Fact]
    public void Encode_LoneSurrogate_CountsAsReplacementCharacter()
    {
        var tokenizer = TokenizerGoldens.Tokenizer(s_flags);
        Assert.Equal(tokenizer.Encode("a\uFFFDb\uFFFD"), tokenizer.Encode("a\uDC00b\uD83D"));
    }

    [Fact]
    public void EncodeWithRanges_CharactersOfSeveralTokens_EachHasTheWholeCharacter()
    {
        var tokenizer = TokenizerGoldens.Tokenizer(TestData.Golden("tokenizers", "demo_stories"));
        var ranges = tokenizer.EncodeWithRanges("a\U0001F600b");
        Assert.Equal(new TokenRange(tokenizer.TokenToId("a")!.Value, 0, 1), ranges[0]);
        Assert.All(ranges[1..^1], range => Assert.Equal((1, 3), (range.Start, range.End)));
        Assert.Equal(new TokenRange(tokenizer.TokenToId("b")!.Value, 3, 4), ranges[^1]);
    }

    [Fact]
    public void Encode_FromManyThreads_GivesTheSameIds()
    {
        var tokenizer = TokenizerGoldens.Tokenizer(TestData.Golden("tokenizers", "demo_stories"));
        string[] texts = [.. Enumerable.Range(0, 2000).Select(i => $"Once there was a word{i % 700} and a {i * 7919} of them.")];
        int[][] expected = [.. texts.Select(text => tokenizer.Encode(text))];
        Parallel.For(0, 8 * texts.Length, i => Assert.Equal(expected[i % texts.Length], tokenizer.Encode(texts[i % texts.Length])));
    }

    [Fact]
    public void Decode_ByteLevelText_RoundTrips()
    {
        // The demo's vocabulary has a token for each byte and no normalizer, so no text is lost.
        var tokenizer = TokenizerGoldens.Tokenizer(TestData.Golden("tokenizers", "demo_stories"));
        FsCheck.Check.QuickThrowOnFailure(Prop.ForAll<string?>(text =>
        {
            string clean = CodePoints.WithoutLoneSurrogates(text ?? "");
            int[] ids = tokenizer.Encode(clean, addSpecialTokens: false);
            var stream = tokenizer.CreateStream(skipSpecialTokens: false);
            return tokenizer.Decode(ids, skipSpecialTokens: false) == clean && string.Concat(ids.Select(stream.Push)) + stream.Flush() == clean;
        }));
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("ab ")]
    [InlineData("\u00E9")]
    [InlineData("\U0001F600")]
    public void Encode_LongRuns_TakesWorkLinearInLength(string unit)
    {
        var tokenizer = TokenizerGoldens.Tokenizer(s_flags);
        int repeats = 1_000_000 / unit.Length;
        tokenizer.Encode(string.Concat(Enumerable.Repeat(unit, repeats)), false, offsets: false, out long work);

        // A character is at most 4 symbols; each is queued once at first and at most twice per merge.
        Assert.InRange(work, 0, 16L * 4 * repeats);
    }

    private static void CheckCases(string folder)
    {
        var tokenizer = TokenizerGoldens.Tokenizer(folder);
        var wrong = new List<string>();
        foreach (var expected in TokenizerGoldens.Json(folder, "cases.json").EnumerateArray())
        {
            string text = expected.Text("text");
            int[] ids = expected.Ids("ids");
            Check(expected, "ids", ids.SequenceEqual(tokenizer.Encode(text)), wrong);
            Check(expected, "ids_plain", expected.Ids("ids_plain").SequenceEqual(tokenizer.Encode(text, addSpecialTokens: false)), wrong);
            CheckDecode(tokenizer, expected, wrong);
            if (expected.TryGetProperty("offsets", out var offsets))
            {
                var ranges = tokenizer.EncodeWithRanges(text);
                Check(expected, "ids with ranges", ids.SequenceEqual(ranges.Select(range => range.Id)), wrong);
                Check(expected, "offsets", offsets.EnumerateArray().Select(pair => (pair[0].GetInt32(), pair[1].GetInt32())).SequenceEqual(ranges.Select(range => (CodePointsIn(text, range.Start), CodePointsIn(text, range.End)))), wrong);
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} differ from the reference: {string.Join("; ", wrong.Take(10))}");
    }

    private static void CheckDecodes(string folder)
    {
        var tokenizer = TokenizerGoldens.Tokenizer(folder);
        var wrong = new List<string>();
        foreach (var expected in TokenizerGoldens.Json(folder, "decode.json").EnumerateArray())
        {
            CheckDecode(tokenizer, expected, wrong);
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} differ from the reference: {string.Join("; ", wrong.Take(10))}");
    }

    private static void CheckDecode(Tokenizer tokenizer, JsonElement expected, List<string> wrong)
    {
        int[] ids = expected.Ids("ids");
        Check(expected, "decoded", expected.Text("decoded") == tokenizer.Decode(ids), wrong);
        Check(expected, "decoded_with_special", expected.Text("decoded_with_special") == tokenizer.Decode(ids, skipSpecialTokens: false), wrong);
        if (expected.TryGetProperty("stream", out var pieces))
        {
            var stream = tokenizer.CreateStream();
            Check(expected, "stream", pieces.EnumerateArray().Select(piece => piece.GetString()!).SequenceEqual(ids.Select(stream.Push)), wrong);
            string flush = expected.TryGetProperty("flush", out var held) ? held.GetString()! : "";
            Check(expected, "flush", flush == stream.Flush(), wrong);
        }
    }

    private static void Check(JsonElement expected, string what, bool equal, List<string> wrong)
    {
        if (!equal)
        {
            string which = expected.TryGetProperty("text", out var text) ? text.GetRawText() : expected.GetProperty("ids").GetRawText();
            wrong.Add($"{what} of {which[..Math.Min(80, which.Length)]}");
        }
    }

    // The reference counts in code points.
    private static int CodePointsIn(string text, int units) => text.Take(units).Count(unit => !char.IsLowSurrogate(unit));

    private static IEnumerable<string> Lines(string text)
    {
        for (int start = 0; start < text.Length;)
        {
            int newline = text.IndexOf('\n', start);
            int end = newline < 0 ? text.Length : newline + 1;
            yield return text[start..end];
            start = end;
        }
    }
}
