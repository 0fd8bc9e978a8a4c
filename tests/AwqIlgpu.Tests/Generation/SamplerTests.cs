using AwqIlgpu.Generation;
using FsCheck;
using FsCheck.Fluent;

namespace AwqIlgpu.Tests.Generation;

public class SamplerTests
{
    private const int Vocabulary = 3001;

    // Computed apart from this code (Philox, softmax, full sort and draw written out in Python).
    private static readonly int[] s_tokensOfSeed42 = [1320, 1020, 1992, 1877, 2614, 859, 2076, 1059];
    private static readonly int[] s_filteredTokensOfSeed42 = [1195, 998, 1983, 1809, 2655, 831, 2049, 1003];

    [Fact]
    public void Sample_Greedy_TakesTheLowestIdOfATie()
    {
        var logits = RandomLogits(7);
        logits[2500] = 40;
        logits[1234] = 40;
        logits[1235] = 40;
        Assert.Equal(1234, One(new SamplingOptions(), logits));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.8)]
    public void Sample_WithPenalties_LogProbabilityIsOfTheLogitsAsTheyCame(double temperature)
    {
        var logits = RandomLogits(3);
        double logSum = Math.Log(logits.Sum(logit => Math.Exp(logit)));
        var options = new SamplingOptions { Temperature = temperature, RepetitionPenalty = 1.5, PresencePenalty = -50, FrequencyPenalty = 0.5, TopK = 5, Seed = 9 };
        var sampler = NewSampler(options, 10);
        sampler.Observe([17, 17, 18]);
        int token = sampler.Sample([.. logits], new int[Vocabulary], out float logProbability);
        Assert.True(token is 17 or 18, $"drew {token}");
        Close.AfterSum("log probability", [logits[token] - logSum], [logProbability]);
    }

    [Fact]
    public void Sample_OwnTokensPenalized_CountsWhatItDrew()
    {
        var options = new SamplingOptions { FrequencyPenalty = 1 };
        var sampler = NewSampler(options, 8);
        var drawn = new List<int>();
        for (int step = 0; step < 6; step++)
        {
            var logits = new float[Vocabulary];
            logits[10] = 2.5f;
            logits[11] = 1.75f;
            drawn.Add(sampler.Sample(logits, new int[Vocabulary], out _));
        }

        // 2.5, 1.75 -> 1.5, 1.75 -> 1.5, 0.75 -> 0.5, 0.75 -> 0.5, -0.25 -> -0.5, -0.25 (others 0)
        Assert.Equal([10, 11, 10, 11, 10, 0], drawn);
    }

    [Fact]
    public void Sample_SameSeed_SameTokensAloneAndInterleaved()
    {
        foreach (var options in new SamplingOptions[] { new() { Temperature = 1.5, Seed = 5 }, new() { Temperature = 1.5, TopP = 0.9, Seed = 5 } })
        {
            var alone = Tokens(NewSampler(options, 20), 20);
            var first = NewSampler(options, 20);
            var neighbour = NewSampler(options with { Seed = 6 }, 20);
            var interleaved = new List<int>();
            var other = new List<int>();
            var workspace = new int[Vocabulary];
            for (int step = 0; step < 20; step++)
            {
                other.Add(neighbour.Sample(RandomLogits(step), workspace, out _));
                interleaved.Add(first.Sample(RandomLogits(step), workspace, out _));
            }

            Assert.Equal(alone, interleaved);
            Assert.NotEqual(alone, other);
            Assert.True(alone.Distinct().Count() > 5);
        }
    }

    [Fact]
    public void Sample_FixedSeed_TokensNeverChange()
    {
        Assert.Equal(s_tokensOfSeed42, Tokens(NewSampler(new SamplingOptions { Temperature = 1, Seed = 42 }, 8), 8));
        Assert.Equal(s_filteredTokensOfSeed42, Tokens(NewSampler(new SamplingOptions { Temperature = 1, TopK = 200, TopP = 0.9, MinP = 0.01, Seed = 42 }, 8), 8));
    }

    [Fact]
    public void Sample_SteadyState_AllocatesNothing()
    {
        var options = new SamplingOptions { Temperature = 0.9, TopK = 50, TopP = 0.9, MinP = 0.02, RepetitionPenalty = 1.1, Seed = 1 };
        var sampler = NewSampler(options, 200);
        var open = NewSampler(new SamplingOptions { Temperature = 1, Seed = 1 }, 100);
        var logits = RandomLogits(1);
        var workspace = new int[Vocabulary];
        sampler.Sample(logits, workspace, out _);
        open.Sample(logits, workspace, out _);
        Assert.Equal(0, ManagedAllocation.InSteadyState(() =>
        {
            for (int step = 0; step < 20; step++)
            {
                sampler.Sample(logits, workspace, out _);
                open.Sample(logits, workspace, out _);
            }
        }));
    }

    [Fact]
    public void Keep_AnyLogitsAndOptions_SameAsFullSort() =>
        Prop.ForAll<NonEmptyArray<sbyte>, byte, byte>((values, k, cuts) =>
        {
            // Few different values make many ties; one of them stands for a masked token.
            float[] logits = [.. values.Get.Select(v => v % 12 == 7 ? float.NegativeInfinity : v % 12)];
            if (logits.Max() == float.NegativeInfinity)
            {
                return true;
            }

            int topK = k % 9;
            double topP = 1 - (cuts % 16 / 15.1);
            double minP = cuts / 16 / 15.0;
            var kept = new CandidateFilter(1 / 3.0, topK, topP, minP).Keep(logits, logits.Max(), new int[logits.Length]).ToArray();
            return kept.SequenceEqual(KeptByFullSort(logits, 3, topK, topP, minP));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Keep_TopPCutsATie_KeepsTheLowestIds()
    {
        var kept = new CandidateFilter(1, 0, 0.5, 0).Keep(new float[8], 0, new int[8]).ToArray();
        Assert.Equal([0, 1, 2, 3], kept);
    }

    [Theory]
    [InlineData(float.NaN, 77, "Logit 77 of 3001 is NaN")]
    [InlineData(float.PositiveInfinity, 3000, "Logit 3000 of 3001 is ")]
    public void Sample_BadLogit_ThrowsNamingIt(float value, int at, string message)
    {
        var logits = RandomLogits(1);
        logits[at] = value;
        Assert.StartsWith(message, Assert.Throws<InvalidDataException>(() => One(new SamplingOptions(), logits)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sample_AllMasked_Throws()
    {
        var logits = new float[Vocabulary];
        Array.Fill(logits, float.NegativeInfinity);
        Assert.Throws<InvalidDataException>(() => One(new SamplingOptions { Temperature = 1 }, logits));
    }

    [Fact]
    public void Sample_OneTokenNotMasked_AlwaysDrawsIt()
    {
        foreach (var options in new SamplingOptions[] { new() { Temperature = 1 }, new() { Temperature = 1e-310 }, new() { Temperature = 1e300, TopK = 4 }, new() { Temperature = 1, TopP = 0 } })
        {
            var logits = new float[Vocabulary];
            Array.Fill(logits, float.NegativeInfinity);
            logits[1500] = -3e38f;
            Assert.Equal(1500, One(options, logits));
        }
    }

    [Fact]
    public void Sample_WrongLengths_Throws()
    {
        var sampler = NewSampler(new SamplingOptions(), 1);
        Assert.Throws<ArgumentException>(() => sampler.Sample(new float[Vocabulary - 1], new int[Vocabulary], out _));
        Assert.Throws<ArgumentException>(() => sampler.Sample(new float[Vocabulary], new int[Vocabulary - 1], out _));
    }

    [Fact]
    public void Observe_TokenOutsideVocabulary_Throws()
    {
        var sampler = NewSampler(new SamplingOptions { RepetitionPenalty = 2 }, 4);
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Observe([0, Vocabulary]));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Observe([-1]));
    }

    private static Sampler NewSampler(SamplingOptions options, int requestTokens) =>
        new(options, Vocabulary, requestTokens, new int[Sampler.HistoryInts(options, Vocabulary, requestTokens)]);

    private static int One(SamplingOptions options, float[] logits) => NewSampler(options, 1).Sample(logits, new int[Vocabulary], out _);

    private static List<int> Tokens(Sampler sampler, int count)
    {
        var tokens = new List<int>();
        for (int step = 0; step < count; step++)
        {
            tokens.Add(sampler.Sample(RandomLogits(step), new int[Vocabulary], out _));
        }

        return tokens;
    }

    private static float[] RandomLogits(int seed)
    {
        var logits = new float[Vocabulary];
        for (int i = 0; i < Vocabulary; i++)
        {
            logits[i] = (float)((16 * Philox.Uniform(seed, i)) - 8);
        }

        return logits;
    }

    // The definition: sort everything, cut three times.
    private static IEnumerable<int> KeptByFullSort(float[] logits, double temperature, int topK, double topP, double minP)
    {
        var sorted = Enumerable.Range(0, logits.Length).Where(id => logits[id] > float.NegativeInfinity).OrderByDescending(id => logits[id]).ThenBy(id => id).ToList();
        if (topK > 0 && topK < sorted.Count)
        {
            sorted = [.. sorted.Where(id => logits[id] >= logits[sorted[topK - 1]])];
        }

        double max = logits[sorted[0]];
        double total = sorted.Sum(id => Math.Exp((logits[id] - max) / temperature));
        double before = 0;
        var kept = new List<int>();
        foreach (int id in sorted)
        {
            double weight = Math.Exp((logits[id] - max) / temperature);
            if ((kept.Count == 0 || before < topP * total || topP == 1) && weight >= minP)
            {
                kept.Add(id);
            }

            before += weight;
        }

        return kept.Order();
    }
}
