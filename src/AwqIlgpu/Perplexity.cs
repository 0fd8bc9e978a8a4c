using AwqIlgpu.Kernels;

namespace AwqIlgpu;

/// <summary>How well a model predicts a text.</summary>
/// <param name="Value">e to the minus <paramref name="MeanLogProbability"/>.</param>
/// <param name="MeanLogProbability">Mean natural logarithm of the probability of the predicted tokens.</param>
/// <param name="Tokens">Tokens that were predicted: window - 1 of each window.</param>
/// <param name="Windows">Windows.</param>
public sealed record Perplexity(double Value, double MeanLogProbability, long Tokens, int Windows)
{
    /// <summary>Measures a text in windows that do not overlap; each is predicted from its own beginning, and what does not fill the last one is dropped.</summary>
    /// <param name="model">The model, opened with a context of at least <paramref name="window"/>.</param>
    /// <param name="tokenIds">The text.</param>
    /// <param name="window">Tokens of a window, at least 2.</param>
    /// <param name="windows">Most windows to measure; null for all.</param>
    /// <param name="progress">Told the result after each window; may be null.</param>
    /// <param name="cancellationToken">Ends the measurement within one step.</param>
    /// <exception cref="ArgumentException">The text does not fill one window, a window is longer than the context, or an id is outside of the vocabulary.</exception>
    public static async Task<Perplexity> MeasureAsync(
        LanguageModel model,
        IReadOnlyList<int> tokenIds,
        int window,
        int? windows = null,
        IProgress<Perplexity>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 2);
        int count = Math.Min(tokenIds.Count / window, windows ?? int.MaxValue);
        if (count < 1)
        {
            throw new ArgumentException($"The text has {tokenIds.Count} tokens and {windows ?? 1} windows of {window} are asked for; at least one window must be full.", nameof(tokenIds));
        }

        int[] tokens = new int[window];
        double sum = 0;
        var result = new Perplexity(double.NaN, double.NaN, 0, 0);
        for (int done = 1; done <= count; done++)
        {
            for (int i = 0; i < window; i++)
            {
                tokens[i] = tokenIds[((done - 1) * window) + i];
            }

            await model.LogitsAsync(tokens, Score, cancellationToken).ConfigureAwait(false);
            long targets = (long)done * (window - 1);
            result = new Perplexity(Math.Exp(-sum / targets), sum / targets, targets, done);
            progress?.Report(result);
        }

        return result;

        void Score(int position, ReadOnlySpan<float> logits)
        {
            if (position + 1 < window)
            {
                float max = LogSumExp.Max(logits);
                sum += (double)logits[tokens[position + 1]] - max - Math.Log(LogSumExp.Sum(logits, max, 1));
            }
        }
    }
}
