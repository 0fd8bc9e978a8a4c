using System.Diagnostics.Metrics;
using System.Text.Json;
using AwqIlgpu.Tests.Models;
using AwqIlgpu.Tests.Tokenization;

namespace AwqIlgpu.Tests;

/// <summary>The front door: what it gives must not depend on how the work is cut up, and one caller's trouble is not another's.</summary>
public sealed class LanguageModelTests
{
    private static readonly GoldenModel s_llama = new(TestData.Golden("models", "llama"));
    private static readonly GenerationOptions s_greedy = new() { MaxTokens = 24, IgnoreEos = true, Sampling = new SamplingOptions { Temperature = 0 } };

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 2)]
    [InlineData(64, 1)]
    [InlineData(128, 2)]
    public async Task Logits_AnyChunkAndThreads_SameBits(int chunk, int threads)
    {
        foreach (var precision in new[] { Precision.Fast, Precision.Exact })
        {
            var expected = await Logits(new LanguageModelOptions { Precision = precision, Threads = 1, Chunk = 33 });
            var actual = await Logits(new LanguageModelOptions { Precision = precision, Threads = threads, Chunk = chunk });
            Assert.Equal(expected, actual);
        }
    }

    [Theory]
    [InlineData(Precision.Fast, 7)]
    [InlineData(Precision.Exact, 64)]
    public async Task GenerateBatch_RaggedBatchOfFive_SameAsAlone(Precision precision, int chunk)
    {
        var prompts = new[] { s_llama.Prompt(0), s_llama.Prompt(1), s_llama.Prompt(2), [.. s_llama.Prompt(1).Take(3)], [.. s_llama.Prompt(2).Skip(40)] };
        using var alone = Open(new LanguageModelOptions { Precision = precision });
        using var together = Open(new LanguageModelOptions { Precision = precision, Batch = 5, Chunk = chunk });
        var requests = prompts.Select(p => new GenerationRequest(p, s_greedy)).ToArray();
        var results = await together.GenerateBatchAsync(requests);
        for (int i = 0; i < requests.Length; i++)
        {
            var single = Assert.Single(await alone.GenerateBatchAsync([requests[i]]));
            Assert.Equal(single.TokenIds, results[i].TokenIds);
            Assert.Equal(single.LogProbabilities, results[i].LogProbabilities);
        }
    }

    /// <remarks>In fast precision a prompt's attention may be computed in integers, a generated token's in floats.</remarks>
    [Fact]
    public async Task Generate_Exact_LogProbabilitiesAreThoseOfTheTextAsAPrompt()
    {
        using var model = Open(new LanguageModelOptions { Precision = Precision.Exact });
        var generated = Assert.Single(await model.GenerateBatchAsync([new(s_llama.Prompt(0), s_greedy)]));
        int[] text = [.. s_llama.Prompt(0), .. generated.TokenIds];
        var expected = new List<double>();
        await model.LogitsAsync(text, (position, logits) =>
        {
            if (position + 1 >= s_llama.Prompt(0).Length && position + 1 < text.Length)
            {
                double max = logits.ToArray().Max();
                expected.Add(logits[text[position + 1]] - max - Math.Log(logits.ToArray().Sum(logit => Math.Exp(logit - max))));
            }
        });
        Close.Elementwise("log-probabilities", [.. expected], [.. generated.LogProbabilities]);
    }

    [Fact]
    public async Task Memory_BeforeDuringAndAfterARun_CountsWhatIsInUse()
    {
        using var model = Open(new LanguageModelOptions { Batch = 2, Context = 256 });
        using var listener = new MeterListener();
        var metered = new Dictionary<(string Instrument, string Class), long>();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "AwqIlgpu")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, bytes, tags, _) =>
        {
            // Another test may have the same folder open; what is compared below, its weights, are the same there.
            if (tags.ToArray().Any(tag => tag.Value as string == model.Folder))
            {
                metered[(instrument.Name, (string)tags.ToArray().Single(tag => tag.Key == "class").Value!)] = bytes;
            }
        });
        listener.Start();
        var before = Kv(model);
        Assert.Equal((0, 0), (before.LiveBytes, before.HighWaterBytes));
        await foreach (var token in model.GenerateAsync(s_llama.Prompt(0), s_greedy))
        {
            Assert.InRange(Kv(model).LiveBytes, 0, before.PlannedBytes / 2);
        }

        var after = Kv(model);
        Assert.Equal(0, after.LiveBytes);
        Assert.InRange(after.HighWaterBytes, 1, before.PlannedBytes / 2);
        Assert.Equal(model.Plan.Buffers.Select(b => (b.Name, b.Bytes)), model.Memory.Select(use => (use.Name, use.PlannedBytes)));
        Assert.All(model.Memory.Where(use => use.Name.StartsWith("weights", StringComparison.Ordinal)), use => Assert.Equal(use.PlannedBytes, use.LiveBytes));
        Assert.Equal(0, model.Memory.Single(use => use.Name == "load staging").LiveBytes);
        listener.RecordObservableInstruments();
        Assert.All(model.Memory.Where(use => use.Name.StartsWith("weights", StringComparison.Ordinal)), use =>
            Assert.Equal((use.PlannedBytes, use.LiveBytes, use.HighWaterBytes), (metered[("awqilgpu.memory.planned", use.Name)], metered[("awqilgpu.memory.live", use.Name)], metered[("awqilgpu.memory.high_water", use.Name)])));

        static MemoryUse Kv(LanguageModel model) => model.Memory.Single(use => use.Name == "kv cache");
    }

    [Fact]
    public async Task GenerateBatch_MoreRequestsThanPlaces_AllEndInOrder()
    {
        using var model = Open(new LanguageModelOptions { Batch = 2 });
        var requests = Enumerable.Range(1, 6).Select(n => new GenerationRequest(s_llama.Prompt(0), s_greedy with { MaxTokens = n })).ToArray();
        var results = await model.GenerateBatchAsync(requests);
        Assert.Equal([1, 2, 3, 4, 5, 6], results.Select(r => r.TokenIds.Count));
        Assert.All(results, r => Assert.Equal(FinishReason.Length, r.FinishReason));
    }

    [Fact]
    public async Task GenerateBatch_OneTooLong_OthersFinish()
    {
        using var model = Open(new LanguageModelOptions { Batch = 3, Context = 64 });
        var results = await model.GenerateBatchAsync([new(s_llama.Prompt(0), s_greedy), new(s_llama.Prompt(2), s_greedy), new(s_llama.Prompt(1), s_greedy)]);
        Assert.IsType<ArgumentException>(results[1].Error);
        Assert.Equal(FinishReason.Error, results[1].FinishReason);
        Assert.Equal([24, 0, 24], results.Select(r => r.TokenIds.Count));
    }

    [Fact]
    public async Task Logits_HandlerThrows_OnlyThatRequestFails()
    {
        using var model = Open(new LanguageModelOptions { Batch = 2 });
        var other = model.GenerateBatchAsync([new GenerationRequest(s_llama.Prompt(1), s_greedy)]);
        var thrown = await Assert.ThrowsAsync<FormatException>(() => model.LogitsAsync(s_llama.Prompt(2), (position, _) => throw new FormatException($"at {position}")));
        Assert.Equal("at 0", thrown.Message);
        Assert.Equal(24, Assert.Single(await other).TokenIds.Count);
    }

    [Fact]
    public async Task Generate_CancelledInTheMiddle_StopsAndFreesItsPlace()
    {
        using var model = Open(new LanguageModelOptions { Batch = 1, Context = 512 });
        using var cancellation = new CancellationTokenSource();
        int seen = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var token in model.GenerateAsync(s_llama.Prompt(0), s_greedy with { MaxTokens = 400 }, cancellation.Token))
            {
                if (++seen == 3)
                {
                    await cancellation.CancelAsync();
                }
            }
        });

        // With one place only, this runs after the cancelled request has left.
        Assert.Equal(24, Assert.Single(await model.GenerateBatchAsync([new GenerationRequest(s_llama.Prompt(0), s_greedy)])).TokenIds.Count);
    }

    [Fact]
    public async Task Generate_CallerLeavesTheLoop_FreesItsPlace()
    {
        using var model = Open(new LanguageModelOptions { Batch = 1, Context = 512 });
        await foreach (var token in model.GenerateAsync(s_llama.Prompt(0), s_greedy with { MaxTokens = 400 }))
        {
            break;
        }

        Assert.Equal(24, Assert.Single(await model.GenerateBatchAsync([new GenerationRequest(s_llama.Prompt(0), s_greedy)])).TokenIds.Count);
    }

    [Fact]
    public async Task Generate_ManyThreadsAtOnce_EachGetsItsOwn()
    {
        using var model = Open(new LanguageModelOptions { Batch = 4 });
        var golden = s_llama.Greedy().First();
        var results = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => model.GenerateBatchAsync([new GenerationRequest(golden.Prompt, s_greedy)]))));
        Assert.All(results, r => Assert.Equal(results[0][0].TokenIds, r[0].TokenIds));
    }

    [Fact]
    public async Task Generate_SameSeed_SameTokensBesideOthers()
    {
        using var model = Open(new LanguageModelOptions { Batch = 3 });
        var options = s_greedy with { Sampling = new SamplingOptions { Temperature = 1, Seed = 7 } };
        var alone = Assert.Single(await model.GenerateBatchAsync([new GenerationRequest(s_llama.Prompt(0), options)]));
        var together = await model.GenerateBatchAsync([new(s_llama.Prompt(1), s_greedy), new(s_llama.Prompt(0), options), new(s_llama.Prompt(2), s_greedy)]);
        Assert.Equal(alone.TokenIds, together[1].TokenIds);
        Assert.NotEqual(together[0].TokenIds, alone.TokenIds);
    }

    [Fact]
    public async Task Generate_EosOfTheModel_EndsWithStop()
    {
        // The golden's third token becomes the model's end token.
        var golden = s_llama.Greedy().First();
        string folder = Directory.CreateTempSubdirectory().FullName;
        foreach (string file in Directory.GetFiles(s_llama.Folder("awq")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        File.WriteAllText(Path.Combine(folder, "generation_config.json"), JsonSerializer.Serialize(new { eos_token_id = new[] { 2, golden.Tokens[2] } }));
        using var model = LanguageModel.Open(folder, new LanguageModelOptions { Precision = Precision.Exact });
        var result = Assert.Single(await model.GenerateBatchAsync([new GenerationRequest(golden.Prompt, new GenerationOptions { MaxTokens = 24 })]));
        Assert.Equal(golden.Tokens.Take(3), result.TokenIds);
        Assert.Equal(FinishReason.Stop, result.FinishReason);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Generate_OtherTokenizer_EncodesThePromptAndDecodesTheTokens()
    {
        var tokenizer = new ByteTokenizer();
        using var model = Open(new LanguageModelOptions { Tokenizer = tokenizer });
        Assert.Same(tokenizer, model.Tokenizer);
        var fromText = new List<GeneratedToken>();
        await foreach (var token in model.GenerateAsync("Caf\u00E9", s_greedy))
        {
            fromText.Add(token);
        }

        var fromIds = Assert.Single(await model.GenerateBatchAsync([new GenerationRequest(tokenizer.Encode("Caf\u00E9"), s_greedy)]));
        Assert.Equal(fromIds.TokenIds, fromText.Select(token => token.Id));
        Assert.Equal(tokenizer.Decode([.. fromIds.TokenIds]), string.Concat(fromText.Select(token => token.Text)));
    }

    [Fact]
    public async Task Generate_FolderWithoutTokenizer_TakesIdsOnly()
    {
        using var model = Open(new LanguageModelOptions());
        Assert.Throws<InvalidOperationException>(() => model.Tokenizer);
        Assert.Throws<InvalidOperationException>(() => model.GenerateAsync("text"));
        Assert.Equal("", Assert.Single(await model.GenerateBatchAsync([new GenerationRequest(s_llama.Prompt(0), s_greedy)])).Text);
    }

    [Theory]
    [InlineData(new int[0])]
    [InlineData(new[] { 1, -1 })]
    [InlineData(new[] { 256 })]
    public async Task Generate_BadPrompt_Throws(int[] prompt)
    {
        using var model = Open(new LanguageModelOptions());
        await Assert.ThrowsAsync<ArgumentException>(async () =>
        {
            await foreach (var token in model.GenerateAsync(prompt))
            {
            }
        });
    }

    [Fact]
    public void Open_CapBelowThePlan_RefusedWithTheSmallestCapThatWorks()
    {
        var refused = Assert.Throws<BudgetExceededException>(() => Open(new LanguageModelOptions { MemoryCapBytes = 1 << 20 }));
        using var fits = Open(new LanguageModelOptions { MemoryCapBytes = refused.Smallest.ProcessBytes });
        Assert.Equal(refused.Smallest.Settings, fits.Plan.Settings);
        Assert.Throws<BudgetExceededException>(() => Open(new LanguageModelOptions { MemoryCapBytes = refused.Smallest.ProcessBytes - 1 }));
    }

    [Fact]
    public void Open_AnyModel_UsesTheWholePlanAndNoMore()
    {
        using var model = Open(new LanguageModelOptions { Batch = 3, Context = 100, Chunk = 17 });
        Assert.Equal(model.Plan.ArenaBytes, model.MeasuredArenaBytes);
    }

    [Fact]
    public void Open_HeadAsInt8_OnlyInFastPrecisionOnTheCpu()
    {
        Assert.Contains("fast precision on the CPU", Assert.Throws<ArgumentException>(() => Open(new LanguageModelOptions { Head = HeadType.Int8, Precision = Precision.Exact })).Message, StringComparison.Ordinal);
        using var exact = Open(new LanguageModelOptions { Precision = Precision.Exact });
        using var fast = Open(new LanguageModelOptions());
        using var stored = Open(new LanguageModelOptions { Head = HeadType.Stored });
        Assert.Equal(HeadBytes(exact), HeadBytes(stored));
        Assert.InRange(HeadBytes(fast), 0.5 * HeadBytes(stored), 0.6 * HeadBytes(stored));

        static long HeadBytes(LanguageModel model) => model.Plan.Buffers.Single(b => b.Name == "weights: head").Bytes;
    }

    private static LanguageModel Open(LanguageModelOptions options) =>
        LanguageModel.Open(s_llama.Folder("awq"), options with { Threads = options.Threads ?? 2, Context = options.Context ?? 160 });

    private static async Task<List<float>> Logits(LanguageModelOptions options)
    {
        using var model = Open(options);
        var all = new List<float>();
        await model.LogitsAsync(s_llama.Prompt(2), (_, logits) => all.AddRange(logits.ToArray()));
        return all;
    }
}
