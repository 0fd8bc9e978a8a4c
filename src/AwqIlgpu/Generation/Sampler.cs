using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Generation;

/// <summary>Chooses a request's tokens, one after another, from the logits of its last row; allocates nothing after construction.</summary>
/// <remarks>The draw of step i is a function of the seed, i and the logits: requests in one batch do not see each other.</remarks>
internal sealed class Sampler
{
    // Where nothing is filtered the draw walks blocks of this many tokens, then the tokens of one block.
    private const int BlockTokens = 1024;

    private readonly int _vocabulary;
    private readonly bool _greedy;
    private readonly double _inverseTemperature;
    private readonly CandidateFilter _filter;
    private readonly float _repetition;
    private readonly float _presence;
    private readonly float _frequency;
    private readonly TokenHistory? _history;
    private long _step;

    /// <summary>A sampler for one request.</summary>
    /// <param name="options">What is null is off; a null seed is drawn.</param>
    /// <param name="vocabulary">Logits per row.</param>
    /// <param name="requestTokens">The most tokens of prompt and answer together.</param>
    /// <param name="history">At least <see cref="HistoryInts"/> ints, for this sampler alone; overwritten.</param>
    /// <exception cref="ArgumentException">The history is too small.</exception>
    public Sampler(SamplingOptions options, int vocabulary, int requestTokens, Memory<int> history)
    {
        _vocabulary = vocabulary;
        double temperature = options.Temperature ?? 0;
        _inverseTemperature = 1 / temperature;

        // A temperature so small that its inverse overflows leaves only the most likely token.
        _greedy = double.IsInfinity(_inverseTemperature);
        _filter = new CandidateFilter(_inverseTemperature, options.TopK ?? 0, options.TopP ?? 1, options.MinP ?? 0);
        _repetition = (float)(options.RepetitionPenalty ?? 1);
        _presence = (float)(options.PresencePenalty ?? 0);
        _frequency = (float)(options.FrequencyPenalty ?? 0);
        _history = Penalizes(options) ? new TokenHistory(history, Math.Min(vocabulary, requestTokens)) : null;
        Seed = options.Seed ?? Random.Shared.NextInt64();
    }

    /// <summary>The seed of the options, or the one that was drawn.</summary>
    public long Seed { get; }

    /// <summary>Bytes of workspace for <see cref="Sample"/>; one after another, all samplers can use the same.</summary>
    public static long WorkspaceBytes(int vocabulary) => (long)vocabulary * sizeof(int);

    /// <summary>Ints of history for one request: 0 without penalties, else <see cref="TokenHistory.StorageInts"/>.</summary>
    public static int HistoryInts(SamplingOptions options, int vocabulary, int requestTokens) =>
        Penalizes(options) ? TokenHistory.StorageInts(Math.Min(vocabulary, requestTokens)) : 0;

    /// <summary>Counts tokens that stand before the first drawn one, that is the prompt, for the penalties.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A token is outside the vocabulary.</exception>
    public void Observe(ReadOnlySpan<int> tokens)
    {
        if (_history is null)
        {
            return;
        }

        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)_vocabulary)
            {
                throw new ArgumentOutOfRangeException(nameof(tokens), $"Token {token} is outside the vocabulary of {_vocabulary}.");
            }

            _history.Add(token);
        }
    }

    /// <summary>The next token.</summary>
    /// <param name="logits">[vocabulary]; penalties change it in place.</param>
    /// <param name="workspace">[vocabulary]; overwritten.</param>
    /// <param name="logProbability">Natural log of the token's softmax probability in the logits as they came, before penalties, temperature and filters.</param>
    /// <exception cref="InvalidDataException">A logit is NaN or positive infinity, or all are negative infinity.</exception>
    public int Sample(Span<float> logits, Span<int> workspace, out float logProbability)
    {
        if (logits.Length != _vocabulary || workspace.Length < _vocabulary)
        {
            throw new ArgumentException($"{logits.Length} logits and a workspace of {workspace.Length} ints; expected {_vocabulary} of each.", nameof(logits));
        }

        float max = FiniteMax(logits);
        double logSum = max + Math.Log(LogSumExp.Sum(logits, max, 1));
        if (_history is not null)
        {
            _history.Penalize(logits, _repetition, _presence, _frequency);
            max = FiniteMax(logits);
        }

        int token = _greedy ? logits.IndexOf(max)
            : _filter.KeepsAll ? DrawFromAll(logits, max)
            : DrawFrom(logits, max, _filter.Keep(logits, max, workspace[.._vocabulary]));
        float logit = _history?.Unpenalized(logits, token) ?? logits[token];
        logProbability = (float)(logit - logSum);
        _history?.Add(token);
        _step++;
        return token;
    }

    /// <summary>Whether the next token is always the likeliest, so that <see cref="Take"/> does without the logits.</summary>
    public bool TakesBest => _greedy && _history is null;

    /// <summary>The next token, where it is the likeliest.</summary>
    /// <param name="best">The likeliest.</param>
    /// <exception cref="InvalidDataException">A logit is NaN or positive infinity, or all are negative infinity.</exception>
    public int Take(TopToken best)
    {
        CheckFinite(best.Logit, best.Id, _vocabulary);
        _step++;
        return best.Id;
    }

    private static bool Penalizes(SamplingOptions options) =>
        (options.RepetitionPenalty ?? 1) != 1 || (options.PresencePenalty ?? 0) != 0 || (options.FrequencyPenalty ?? 0) != 0;

    private static float FiniteMax(ReadOnlySpan<float> logits)
    {
        float max = LogSumExp.Max(logits);
        if (!float.IsFinite(max))
        {
            CheckFinite(max, logits.IndexOf(max), logits.Length);
        }

        return max;
    }

    private static void CheckFinite(float max, int id, int count)
    {
        if (!float.IsFinite(max))
        {
            throw new InvalidDataException(max == float.NegativeInfinity
                ? $"All {count} logits are negative infinity; expected at least one finite number. The weights are damaged, or a value overflowed in the model."
                : $"Logit {id} of {count} is {max}; expected a finite number. The weights are damaged, or a value overflowed in the model.");
        }
    }

    private double Weight(float logit, float max) => LogSumExp.Exp(((double)logit - max) * _inverseTemperature);

    private int DrawFrom(ReadOnlySpan<float> logits, float max, ReadOnlySpan<int> ids)
    {
        double total = 0;
        foreach (int id in ids)
        {
            total += Weight(logits[id], max);
        }

        double rest = Philox.Uniform(Seed, _step) * total;
        int last = ids[0];
        foreach (int id in ids)
        {
            double weight = Weight(logits[id], max);
            if (weight > 0)
            {
                // Should rounding leave a rest after all weights, the last one that can be drawn is.
                last = id;
                rest -= weight;
                if (rest < 0)
                {
                    break;
                }
            }
        }

        return last;
    }

    private int DrawFromAll(ReadOnlySpan<float> logits, float max)
    {
        double total = 0;
        for (int start = 0; start < logits.Length; start += BlockTokens)
        {
            total += LogSumExp.Sum(Block(logits, start), max, _inverseTemperature);
        }

        double rest = Philox.Uniform(Seed, _step) * total;
        int chosenStart = 0;
        for (int start = 0; start < logits.Length; start += BlockTokens)
        {
            double sum = LogSumExp.Sum(Block(logits, start), max, _inverseTemperature);
            if (sum > 0)
            {
                chosenStart = start;
                if (rest < sum)
                {
                    break;
                }

                rest -= sum;
            }
        }

        var block = Block(logits, chosenStart);
        int last = 0;
        for (int i = 0; i < block.Length; i++)
        {
            double weight = Weight(block[i], max);
            if (weight > 0)
            {
                last = i;
                rest -= weight;
                if (rest < 0)
                {
                    break;
                }
            }
        }

        return chosenStart + last;
    }

    private static ReadOnlySpan<float> Block(ReadOnlySpan<float> logits, int start) => logits.Slice(start, Math.Min(BlockTokens, logits.Length - start));
}
