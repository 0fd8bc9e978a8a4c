namespace AwqIlgpu.Tests.Models;

/// <summary>Models with experts, latent attention, windows and plain blocks keep what plain ones promise: results that do not depend on how work is cut, and memory as planned.</summary>
public sealed class VariedModelTests
{
    private const int Context = 160;

    private static readonly GenerationOptions s_greedy = new() { MaxTokens = 12, IgnoreEos = true, Sampling = new SamplingOptions { Temperature = 0 } };

    public static TheoryData<string> Names => ["mixtral", "gemma2", "gpt_neox", "deepseek_v3"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Logits_AnyChunkAndThreads_SameBits(string name)
    {
        foreach (var precision in new[] { Precision.Fast, Precision.Exact })
        {
            var expected = await Logits(name, new LanguageModelOptions { Precision = precision, Threads = 1, Chunk = 33 });
            Assert.Equal(expected, await Logits(name, new LanguageModelOptions { Precision = precision, Threads = 2, Chunk = 1 }));
            Assert.Equal(expected, await Logits(name, new LanguageModelOptions { Precision = precision, Threads = 3, Chunk = 128 }));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task GenerateBatch_RaggedBatch_SameAsAlone(string name)
    {
        var golden = new GoldenModel(TestData.Golden("models", name));
        using var alone = Open(name, new LanguageModelOptions());
        using var together = Open(name, new LanguageModelOptions { Batch = 3, Chunk = 7 });
        var requests = Enumerable.Range(0, 3).Select(i => new GenerationRequest(golden.Prompt(i), s_greedy)).ToArray();
        var results = await together.GenerateBatchAsync(requests);
        for (int i = 0; i < requests.Length; i++)
        {
            var single = Assert.Single(await alone.GenerateBatchAsync([requests[i]]));
            Assert.Equal(single.TokenIds, results[i].TokenIds);
            Assert.Equal(single.LogProbabilities, results[i].LogProbabilities);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Open_AnyModel_UsesTheWholePlanAndNoMore(string name)
    {
        using var model = Open(name, new LanguageModelOptions { Batch = 3, Context = 100, Chunk = 17 });
        Assert.Equal(model.Plan.ArenaBytes, model.MeasuredArenaBytes);
    }

    [Fact]
    public void Open_RouterOfNaN_IsRefusedNamingTheLayer()
    {
        using var folder = new ChangedModel("mixtral", "model.layers.1.block_sparse_moe.gate.weight", 0x7E00);
        var refused = Assert.Throws<InvalidDataException>(() => LanguageModel.Open(folder.Path, new LanguageModelOptions { Context = 64, Threads = 2 }));
        Assert.Contains("model.layers.1.block_sparse_moe.gate.weight", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, "experts.3.w2 is in the file, but config.json has 3 experts; expected experts 0 to 2")]
    [InlineData(5, "block_sparse_moe.gate.weight has shape [4, 128]")]
    public void Open_OtherNumberOfExperts_IsRefusedNamingOne(int experts, string expected)
    {
        using var folder = new ChangedModel("mixtral", "model.norm.weight", 0x3C00);
        string config = Path.Combine(folder.Path, "config.json");
        string text = File.ReadAllText(config);
        File.WriteAllText(config, text.Replace("\"num_local_experts\": 4", $"\"num_local_experts\": {experts}", StringComparison.Ordinal));
        var refused = Assert.Throws<InvalidDataException>(() => LanguageModel.Open(folder.Path, new LanguageModelOptions { Context = 64, Threads = 2 }));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ActivationScaleOfZero_IsRefused()
    {
        using var folder = new ChangedModel("gpt_neox", "gpt_neox.layers.1.mlp.act.scales", 0);
        var refused = Assert.Throws<InvalidDataException>(() => LanguageModel.Open(folder.Path, new LanguageModelOptions { Context = 64, Threads = 2 }));
        Assert.Contains("gpt_neox.layers.1.mlp.act.scales[0] is 0", refused.Message, StringComparison.Ordinal);
    }

    [SharedFact]
    public void Open_ContextBeyondLearnedPositions_IsRefused()
    {
        string folder = TestData.Shared("goldens", "models", "opt", "awq");
        var refused = Assert.Throws<ArgumentException>(() => LanguageModel.Open(folder, new LanguageModelOptions { Context = 513, Threads = 2 }));
        Assert.Contains("embeddings for 512", refused.Message, StringComparison.Ordinal);
    }

    private static LanguageModel Open(string name, LanguageModelOptions options) =>
        LanguageModel.Open(TestData.Golden("models", name, "awq"), options with { Threads = options.Threads ?? 2, Context = options.Context ?? Context });

    private static async Task<List<float>> Logits(string name, LanguageModelOptions options)
    {
        using var model = Open(name, options);
        var all = new List<float>();
        await model.LogitsAsync(new GoldenModel(TestData.Golden("models", name)).Prompt(2), (_, logits) => all.AddRange(logits.ToArray()));
        return all;
    }
}
