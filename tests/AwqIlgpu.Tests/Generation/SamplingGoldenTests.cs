using System.Text.Json;
using AwqIlgpu.Generation;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Generation;

public class SamplingGoldenTests
{
    private const int Rows = 4;
    private const int Vocabulary = 61;

    // What the sampler does not offer; generation_config.json with one of them is refused.
    private static readonly HashSet<string> s_notOffered = ["typical_p", "epsilon", "eta", "no_repeat_ngram_2", "top_p_min_keep_3"];
    private static readonly GoldenFile s_golden = new(TestData.Golden("sampling", "sampling.safetensors"));
    private static readonly JsonElement s_cases = JsonElement.Parse(File.ReadAllText(TestData.Golden("sampling", "sampling.json")));

    public static TheoryData<string> Cases => [.. s_cases.EnumerateObject().Select(c => c.Name).Where(name => !s_notOffered.Contains(name))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Filter_GoldenCase_SameTokensAndProbabilities(string name)
    {
        for (int row = 0; row < Rows; row++)
        {
            var expected = s_golden.Doubles($"{name}.probs").AsSpan(row * Vocabulary, Vocabulary);
            var filtered = s_golden.Doubles($"{name}.filtered_logits").AsSpan(row * Vocabulary, Vocabulary).ToArray();
            var options = Options(name);
            var logits = Logits(name, row);
            if (Sampler.HistoryInts(options, Vocabulary, Vocabulary) > 0)
            {
                var history = new TokenHistory(new int[TokenHistory.StorageInts(Vocabulary)], Vocabulary);
                foreach (int id in InputIds(name, row))
                {
                    history.Add(id);
                }

                history.Penalize(logits, (float)(options.RepetitionPenalty ?? 1), (float)(options.PresencePenalty ?? 0), (float)(options.FrequencyPenalty ?? 0));
            }

            double inverseTemperature = 1 / options.Temperature!.Value;
            float max = logits.Max();
            var kept = new CandidateFilter(inverseTemperature, options.TopK ?? 0, options.TopP ?? 1, options.MinP ?? 0).Keep(logits, max, new int[Vocabulary]).ToArray();
            Assert.Equal(Enumerable.Range(0, Vocabulary).Where(id => filtered[id] > double.NegativeInfinity), kept);

            var weights = kept.ToDictionary(id => id, id => LogSumExp.Exp(((double)logits[id] - max) * inverseTemperature));
            double total = weights.Values.Sum();
            Close.Elementwise($"{name}, row {row}", expected, [.. Enumerable.Range(0, Vocabulary).Select(id => (float)(weights.GetValueOrDefault(id) / total))]);
        }
    }

    [Theory]
    [InlineData("chain")]
    [InlineData("presence_frequency")]
    [InlineData("temperature_2")]
    [InlineData("ties_top_k_3")]
    [InlineData("half_masked_top_p_0.8")]
    public void Sample_ManySeeds_DrawsTheGoldenDistribution(string name)
    {
        const int Draws = 4000;
        for (int row = 0; row < Rows; row++)
        {
            var probs = s_golden.Doubles($"{name}.probs").AsSpan(row * Vocabulary, Vocabulary);
            var counts = new int[Vocabulary];
            var workspace = new int[Vocabulary];
            for (int seed = 0; seed < Draws; seed++)
            {
                var options = Options(name) with { Seed = seed };
                var sampler = new Sampler(options, Vocabulary, Vocabulary, new int[Sampler.HistoryInts(options, Vocabulary, Vocabulary)]);
                sampler.Observe(InputIds(name, row));
                counts[sampler.Sample(Logits(name, row), workspace, out _)]++;
            }

            // Pearson's statistic has mean n and variance 2n for n degrees of freedom; tokens expected less than five times count as one.
            double statistic = 0;
            int cells = 0;
            double rareExpected = 0;
            int rareCount = 0;
            for (int id = 0; id < Vocabulary; id++)
            {
                Assert.True(probs[id] > 0 || counts[id] == 0, $"{name}, row {row}: removed token {id} drawn");
                double expected = probs[id] * Draws;
                if (expected < 5)
                {
                    rareExpected += expected;
                    rareCount += counts[id];
                    continue;
                }

                statistic += Math.Pow(counts[id] - expected, 2) / expected;
                cells++;
            }

            statistic += Math.Pow(rareCount - rareExpected, 2) / Math.Max(rareExpected, 1);
            double bound = cells + (5 * Math.Sqrt(2 * cells));
            Assert.True(statistic <= bound, $"{name}, row {row}: chi-square {statistic} over {cells} cells, at most {bound}");
        }
    }

    private static SamplingOptions Options(string name)
    {
        var parameters = s_cases.GetProperty(name);
        double? Number(string key) => parameters.TryGetProperty(key, out var value) ? value.GetDouble() : null;
        return new SamplingOptions
        {
            Temperature = Number("temperature") ?? 1,
            TopK = (int?)Number("top_k"),
            TopP = Number("top_p"),
            MinP = Number("min_p"),
            RepetitionPenalty = Number("repetition_penalty"),
            PresencePenalty = Number("presence_penalty"),
            FrequencyPenalty = Number("frequency_penalty"),
        };
    }

    private static float[] Logits(string name, int row) => s_golden.Floats($"{name}.logits")[(row * Vocabulary)..((row + 1) * Vocabulary)];

    private static int[] InputIds(string name, int row)
    {
        int length = s_golden.Shape($"{name}.input_ids")[1];
        return s_golden.Ints($"{name}.input_ids")[(row * length)..((row + 1) * length)];
    }
}
