using AwqIlgpu.Devices;
using AwqIlgpu.Generation;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;
using FsCheck;
using FsCheck.Fluent;

namespace AwqIlgpu.Tests.Memory;

public sealed class MemoryPlannerTests
{
    private const long GiB = 1L << 30;

    private static readonly LanguageModelOptions s_seed = new() { Batch = 5, Context = 8192, Threads = 2 };

    [Fact]
    public void OfShape_Mistral5Times8192In10GiB_KeepsFp16()
    {
        var plan = MemoryPlan.OfShape("mistral-7b", WeightFormat.Awq, s_seed with { MemoryCapBytes = 10 * GiB });
        Assert.Equal(new MemorySettings(512, KvType.Fp16, 5, 8192), plan.Settings);
        // The budget: weights 3.87 GiB, keys and values 5 GiB, half a GiB for everything else.
        Assert.InRange(plan.ArenaBytes / (double)GiB, 8.8, 9.4);
        Assert.Null(plan.Advice.Binding);
        Assert.All(plan.Advice.Alternatives, a => Assert.True(Fits(a)));
    }

    [Fact]
    public void OfShape_Mistral5Times8192In8GiB_TakesInt8()
    {
        var plan = MemoryPlan.OfShape("mistral-7b", WeightFormat.Awq, s_seed with { MemoryCapBytes = 8 * GiB });
        Assert.Equal(new MemorySettings(512, KvType.Int8, 5, 8192), plan.Settings);
        Assert.True(plan.Fits);
        Assert.Equal(MemoryFootprint.Kv, plan.Advice.Binding);
    }

    [Fact]
    public void OfShape_Mistral5Times8192In5GiB_IsRefusedWithSettingsThatFit()
    {
        var refused = Assert.Throws<BudgetExceededException>(() => MemoryPlan.OfShape("mistral-7b", WeightFormat.Awq, s_seed with { MemoryCapBytes = 5 * GiB }));
        Assert.Equal(["memory", "batch", "context"], refused.Advice.Alternatives.Select(a => a.Setting));
        Assert.All(refused.Advice.Alternatives, a => Assert.True(Fits(a)));
        long smallest = refused.Advice.SmallestCapBytes;
        Assert.True(MemoryPlan.OfShape("mistral-7b", WeightFormat.Awq, s_seed with { MemoryCapBytes = smallest }).Fits);
        Assert.Throws<BudgetExceededException>(() => MemoryPlan.OfShape("mistral-7b", WeightFormat.Awq, s_seed with { MemoryCapBytes = smallest - 1 }));
    }

    [Fact]
    public void Plan_EverySettingPinned_ChangesNone()
    {
        var footprint = TinyDecoder.Footprint(1);
        var options = new LanguageModelOptions { Chunk = 40, Kv = KvType.Fp16, Batch = 3, Context = 100 };
        long needed = footprint.Plan(new MemorySettings(40, KvType.Fp16, 3, 100), 0).ProcessBytes;
        Assert.Equal(new MemorySettings(40, KvType.Fp16, 3, 100), MemoryPlanner.Plan(footprint, options with { MemoryCapBytes = needed }).Settings);
        Assert.Throws<BudgetExceededException>(() => MemoryPlanner.Plan(footprint, options with { MemoryCapBytes = needed - 1 }));
    }

    [Fact]
    public void Plan_AnyCap_GivesUpChunkThenKvThenBatchThenContext() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), Gen.Choose(0, 1000).ToArbitrary(), (seed, part) =>
        {
            var footprint = TinyDecoder.Footprint(seed);
            var options = new LanguageModelOptions { LargestBatch = 4, MemoryCapBytes = 1L << 40 };
            var range = MemoryRange.Of(options, footprint.Config);
            long least = footprint.Plan(range.Least, 0).ProcessBytes;
            long cap = least + ((footprint.Plan(range.Most, 0).ProcessBytes - least) * part / 1000);
            var settings = MemoryPlanner.Plan(footprint, options with { MemoryCapBytes = cap }).Settings;

            // Whatever was given up could not be kept even with everything that gives way earlier at its least.
            var keep = range.Least with { Context = settings.Context };
            return footprint.Plan(settings, cap).Fits
                && (settings.Context == range.Most.Context || !footprint.Plan(range.Least with { Context = settings.Context + 1 }, cap).Fits)
                && (settings.Batch == range.Most.Batch || !footprint.Plan(keep with { Batch = settings.Batch + 1 }, cap).Fits)
                && (settings.Kv == range.Most.Kv || !footprint.Plan(keep with { Batch = settings.Batch, Kv = settings.Kv - 1 }, cap).Fits)
                && (settings.Chunk == Math.Min(range.Most.Chunk, settings.Context) || !footprint.Plan(settings with { Chunk = settings.Chunk + 1 }, cap).Fits);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    [Fact]
    public void Plan_LargerSettings_NeedNoLess() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), Gen.Choose(1, 300).Four().ToArbitrary(), (seed, sizes) =>
        {
            var (chunk, batch, context, more) = sizes;
            var footprint = TinyDecoder.Footprint(seed);
            var settings = new MemorySettings(chunk, (KvType)(seed & 3), batch, context);
            long bytes = footprint.Plan(settings, 0).ArenaBytes;
            return footprint.Plan(settings with { Chunk = chunk + more }, 0).ArenaBytes >= bytes
                && footprint.Plan(settings with { Batch = batch + more }, 0).ArenaBytes >= bytes
                && footprint.Plan(settings with { Context = context + more }, 0).ArenaBytes >= bytes
                && footprint.Plan(settings with { Kv = KvType.Fp32 }, 0).ArenaBytes >= bytes;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    // Attention expands integers into scratch memory; with few tokens that is more than their cache saves.
    [Fact]
    public void Plan_SmallerKvTypeAndFewTokens_NeedsNoMore()
    {
        var footprint = TinyDecoder.Footprint(35);
        var settings = new MemorySettings(98, KvType.Int4, 4, 17);
        Assert.True(footprint.Plan(settings, 0).ArenaBytes <= footprint.Plan(settings with { Kv = KvType.Fp32 }, 0).ArenaBytes);
    }

    [Fact]
    public void Plan_OfAnyModelThatRuns_IsWhatTheArenaMeasures() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var weights = TinyDecoder.Random(seed);
            var options = TinyDecoder.Options(seed);
            var plan = MemoryPlanner.Plan(new MemoryFootprint(weights, options, tokenizerBytes: 0), options);
            using var device = new CpuDevice(plan, weights, options.Precision, options.ThreadCount);
            RandomWeights.Load(weights, device, null);
            var model = new DecoderModel(weights, device, plan.Settings);

            // As many requests as the plan is for, each to the end of its context, and one that waits and is scored.
            int context = plan.Settings.Context;
            using var engine = new Engine(model, plan.Settings);
            int generate = Math.Min(3, context - 1);
            Sequence[] sequences =
            [
                .. Enumerable.Range(0, plan.Settings.Batch).Where(_ => generate > 0).Select(i => new Sequence(new int[context - generate], generate, Sampler(weights.Config, context), default)),
                new Sequence(new int[context], (_, _) => { }),
            ];
            Array.ForEach(sequences, engine.Add);
            foreach (var sequence in sequences)
            {
                while (!sequence.IsFinished)
                {
                    sequence.WaitAsync(CancellationToken.None).GetAwaiter().GetResult();
                }

                sequence.ThrowIfFailed();
                Assert.Equal(sequence.MaxTokens, sequence.Generated);
            }

            return device.Arena.HighWaterBytes == plan.ArenaBytes;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static Sampler Sampler(DecoderConfig config, int capacity) =>
        new(default, config.VocabularySize, capacity, new int[AwqIlgpu.Generation.Sampler.HistoryInts(default, config.VocabularySize, capacity)]);

    private static bool Fits(MemoryAlternative alternative) => MemoryPlan.OfShape("mistral-7b", WeightFormat.Awq, s_seed with
    {
        MemoryCapBytes = alternative.CapBytes,
        Chunk = alternative.Settings.Chunk,
        Kv = alternative.Settings.Kv,
        Batch = alternative.Settings.Batch,
        Context = alternative.Settings.Context,
    }).ProcessBytes == alternative.ProcessBytes;
}
