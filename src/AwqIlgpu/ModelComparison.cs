using AwqIlgpu.Kernels;

namespace AwqIlgpu;

/// <summary>How far a model's predictions are from another's on a text.</summary>
/// <param name="MeanKl">Mean Kullback-Leibler divergence of B's next-token distribution from A's, in nats.</param>
/// <param name="MaxKl">The largest one.</param>
/// <param name="Top1Agreement">Share of positions at which both find the same token most likely.</param>
/// <param name="PerplexityA">A's perplexity.</param>
/// <param name="PerplexityB">B's perplexity.</param>
/// <param name="Positions">Positions compared: window - 1 of each window.</param>
/// <param name="LossByPositionA">A's mean loss in nats at each position of a window, over the windows; the loss is that of the token that follows.</param>
/// <param name="LossByPositionB">B's.</param>
public sealed record ModelComparison(
    double MeanKl,
    double MaxKl,
    double Top1Agreement,
    double PerplexityA,
    double PerplexityB,
    long Positions,
    IReadOnlyList<double> LossByPositionA,
    IReadOnlyList<double> LossByPositionB)
{
    /// <summary>Compares two models in windows that do not overlap; what does not fill the last one is dropped.</summary>
    /// <param name="a">The model to compare with.</param>
    /// <param name="b">The model to judge; of the same vocabulary.</param>
    /// <param name="tokenIds">The text.</param>
    /// <param name="window">Tokens of a window, at least 2 and at most the context of both.</param>
    /// <param name="windows">Most windows; null for all.</param>
    /// <param name="cancellationToken">Ends the comparison within one step.</param>
    /// <exception cref="ArgumentException">The vocabularies differ, or the text does not fill one window.</exception>
    public static async Task<ModelComparison> MeasureAsync(
        LanguageModel a,
        LanguageModel b,
        IReadOnlyList<int> tokenIds,
        int window,
        int? windows = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 2);
        if (a.VocabularySize != b.VocabularySize)
        {
            throw new ArgumentException($"The models have vocabularies of {a.VocabularySize} and {b.VocabularySize} tokens; only models of one vocabulary can be compared.", nameof(b));
        }

        int count = Math.Min(tokenIds.Count / window, windows ?? int.MaxValue);
        if (count < 1)
        {
            throw new ArgumentException($"The text has {tokenIds.Count} tokens; at least one window of {window} must be full.", nameof(tokenIds));
        }

        // A's logits of one window; B's are compared as they come.
        int vocabulary = a.VocabularySize;
        float[][] reference = [.. Enumerable.Range(0, window - 1).Select(_ => new float[vocabulary])];
        int[] tokens = new int[window];
        var sums = new Sums(window - 1);
        for (int done = 0; done < count; done++)
        {
            for (int i = 0; i < window; i++)
            {
                tokens[i] = tokenIds[(done * window) + i];
            }

            await a.LogitsAsync(tokens, Keep, cancellationToken).ConfigureAwait(false);
            await b.LogitsAsync(tokens, Compare, cancellationToken).ConfigureAwait(false);
        }

        long positions = (long)count * (window - 1);
        return new(sums.Kl / positions, sums.MaxKl, sums.Agreements / (double)positions, Math.Exp(sums.LossesA.Sum() / positions), Math.Exp(sums.LossesB.Sum() / positions), positions, [.. sums.LossesA.Select(loss => loss / count)], [.. sums.LossesB.Select(loss => loss / count)]);

        void Keep(int position, ReadOnlySpan<float> logits)
        {
            if (position + 1 < window)
            {
                logits.CopyTo(reference[position]);
            }
        }

        void Compare(int position, ReadOnlySpan<float> logits)
        {
            if (position + 1 < window)
            {
                sums.Add(position, reference[position], logits, tokens[position + 1]);
            }
        }
    }

    /// <summary>Running totals over windows.</summary>
    /// <param name="positions">Positions of a window.</param>
    internal sealed class Sums(int positions)
    {
        public double Kl { get; private set; }

        public double MaxKl { get; private set; }

        public long Agreements { get; private set; }

        /// <summary>Loss of each position, over all windows.</summary>
        public double[] LossesA { get; } = new double[positions];

        /// <summary>Loss of each position, over all windows.</summary>
        public double[] LossesB { get; } = new double[positions];

        /// <summary>Adds a position: sum_i p_i (log p_i - log q_i) of the distributions whose logits these are.</summary>
        public void Add(int position, ReadOnlySpan<float> a, ReadOnlySpan<float> b, int target)
        {
            double normA = LogNorm(a);
            double normB = LogNorm(b);
            double kl = 0;
            int bestA = 0;
            int bestB = 0;
            for (int i = 0; i < a.Length; i++)
            {
                double logA = a[i] - normA;
                kl += Math.Exp(logA) * (logA - (b[i] - normB));
                bestA = a[i] > a[bestA] ? i : bestA;
                bestB = b[i] > b[bestB] ? i : bestB;
            }

            Kl += kl;
            MaxKl = Math.Max(MaxKl, kl);
            Agreements += bestA == bestB ? 1 : 0;
            LossesA[position] += normA - a[target];
            LossesB[position] += normB - b[target];
        }

        private static double LogNorm(ReadOnlySpan<float> logits)
        {
            float max = LogSumExp.Max(logits);
            return max + Math.Log(LogSumExp.Sum(logits, max, 1));
        }
    }
}
