using System.Text;
using System.Text.Json;
using AwqIlgpu.Generation;

namespace AwqIlgpu.Tests.Generation;

public sealed class GenerationConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("awq-generation-config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_Sampling_TakesItsValues()
    {
        var config = Read("""
            {"bos_token_id": 151643, "pad_token_id": 151643, "do_sample": true, "eos_token_id": [151645, 151643], "repetition_penalty": 1.05,
             "temperature": 0.7, "top_p": 0.8, "top_k": 20, "min_p": 0.05, "stop_strings": ["END", "User:"], "transformers_version": "4.37.0"}
            """);
        Assert.Equal([151645, 151643], config.EosTokenIds);
        Assert.Equal(151643, config.BosTokenId);
        Assert.Equal(151643, config.PadTokenId);
        Assert.Equal(["END", "User:"], config.StopStrings);
        Assert.Equal(new SamplingOptions { Temperature = 0.7, TopK = 20, TopP = 0.8, MinP = 0.05, RepetitionPenalty = 1.05 }, config.Sampling);
    }

    [Fact]
    public void Read_NoDoSample_IsGreedyWithItsPenalty() =>
        Assert.Equal(new SamplingOptions { Temperature = 0, RepetitionPenalty = 1.2 }, Read("""{"temperature": 0.7, "top_k": 20, "repetition_penalty": 1.2}""").Sampling);

    [Fact]
    public void Read_DoSampleAlone_FillsOnlyTheTemperature() =>
        Assert.Equal(new SamplingOptions { Temperature = 1 }, Read("""{"do_sample": true}""").Sampling);

    [Fact]
    public void Read_TopKMinusOne_IsOff() => Assert.Equal(0, Read("""{"do_sample": true, "top_k": -1}""").Sampling.TopK);

    [Fact]
    public void Read_ByteOrderMark_IsSkipped()
    {
        File.WriteAllText(Path.Combine(_folder, "generation_config.json"), """{"eos_token_id": 3}""", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Equal([3], GenerationConfig.Read(_folder, default).EosTokenIds);
    }

    [Fact]
    public void Read_FileMissing_TakesTheIdsOfTheModelsConfig()
    {
        var config = GenerationConfig.Read(_folder, JsonElement.Parse("""{"eos_token_id": 2, "bos_token_id": [1], "pad_token_id": -1}"""));
        Assert.Equal([2], config.EosTokenIds);
        Assert.Equal(1, config.BosTokenId);
        Assert.Null(config.PadTokenId);
        Assert.Equal(new SamplingOptions { Temperature = 0 }, config.Sampling);
    }

    [Fact]
    public void Read_KeyMissing_TakesOnlyThatFromTheModelsConfig()
    {
        var config = Read("""{"eos_token_id": 7, "bos_token_id": null}""", """{"eos_token_id": 2, "bos_token_id": 1}""");
        Assert.Equal([7], config.EosTokenIds);
        Assert.Equal(1, config.BosTokenId);
    }

    [Theory]
    [InlineData("""{"num_beams": 4}""", "num_beams is 4")]
    [InlineData("""{"suppress_tokens": [1, 2]}""", "suppress_tokens is [1, 2]")]
    [InlineData("""{"forced_bos_token_id": 0}""", "forced_bos_token_id is 0")]
    [InlineData("""{"no_repeat_ngram_size": 3}""", "no_repeat_ngram_size is 3")]
    [InlineData("""{"bad_words_ids": [[5]]}""", "bad_words_ids is [[5]]")]
    [InlineData("""{"typical_p": 0.9}""", "typical_p is 0.9")]
    [InlineData("""{"min_new_tokens": 5}""", "min_new_tokens is 5")]
    [InlineData("""{"watermarking_config": {"seed": 1}}""", "watermarking_config is {\"seed\": 1}")]
    public void Read_UnsupportedKey_ThrowsNamingIt(string json, string message)
    {
        var thrown = Assert.Throws<NotSupportedException>(() => Read(json));
        Assert.Contains(message, thrown.Message, StringComparison.Ordinal);
        Assert.Contains("generation_config.json", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_UnsupportedKeysThatChangeNothing_AreFine() =>
        Assert.Equal([1], Read("""
            {"eos_token_id": 1, "num_beams": 1, "suppress_tokens": [], "forced_bos_token_id": null, "no_repeat_ngram_size": 0, "bad_words_ids": null,
             "typical_p": 1.0, "min_length": 0, "guidance_scale": 1.0, "sequence_bias": {}, "max_length": 4096, "use_cache": false, "cache_implementation": "hybrid"}
            """).EosTokenIds);

    [Theory]
    [InlineData("""{"eos_token_id": 1""", "")]
    [InlineData("[1]", "the document is [1]")]
    [InlineData("", "")]
    [InlineData("""{"eos_token_id": "two"}""", "eos_token_id is \"two\"")]
    [InlineData("""{"eos_token_id": [1, 2.5]}""", "eos_token_id is [1, 2.5]")]
    [InlineData("""{"do_sample": 1}""", "do_sample is 1")]
    [InlineData("""{"temperature": "hot"}""", "temperature is \"hot\"")]
    [InlineData("""{"top_k": 2.5}""", "top_k is 2.5")]
    [InlineData("""{"do_sample": true, "top_p": 1.5}""", "TopP is 1.5")]
    [InlineData("""{"stop_strings": [""]}""", "stop_strings is [\"\"]")]
    public void Read_BadFile_ThrowsNamingWhere(string json, string message)
    {
        var thrown = Assert.Throws<InvalidDataException>(() => Read(json));
        Assert.Contains("generation_config.json", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(message, thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', thrown.Message);
    }

    [Fact]
    public void Read_BadIdInTheModelsConfig_NamesThatFile() =>
        Assert.Contains($"{Path.DirectorySeparatorChar}config.json: eos_token_id", Assert.Throws<InvalidDataException>(() => Read("{}", """{"eos_token_id": true}""")).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_HugeFile_IsRefusedUnread()
    {
        File.WriteAllText(Path.Combine(_folder, "generation_config.json"), new string(' ', (1 << 20) + 1));
        Assert.Contains("bytes", Assert.Throws<InvalidDataException>(() => GenerationConfig.Read(_folder, default)).Message, StringComparison.Ordinal);
    }

    private GenerationConfig Read(string json, string config = "{}")
    {
        File.WriteAllText(Path.Combine(_folder, "generation_config.json"), json);
        return GenerationConfig.Read(_folder, JsonElement.Parse(config));
    }
}
