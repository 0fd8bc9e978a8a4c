using System.Diagnostics;

namespace AwqIlgpu.Cli;

/// <summary>One row of the benchmark table.</summary>
/// <param name="Batch">Sequences at a time.</param>
/// <param name="Prompt">Tokens of each prompt.</param>
/// <param name="Generate">Tokens generated after each.</param>
internal sealed record BenchRow(int Batch, int Prompt, int Generate)
{
    private const int WarmUpPrompt = 16;
    private const int WarmUpTokens = 4;

    // About a second of a small model: the runtime compiles what was called 30 times for good, in the background. After 4 tokens the first 64 of tinyllama-1.1b still
    // decode 1.1 times slower than the next.
    private const int CompilingTokens = 64;

    // Any ids do; these are spread over small vocabularies too.
    private const int IdStep = 37;

    /// <summary>Prompt tokens of all sequences per second, until each has its first token.</summary>
    public double PrefillTokensPerSecond { get; private init; }

    /// <summary>Generated tokens of all sequences per second, from then on.</summary>
    public double DecodeTokensPerSecond { get; private init; }

    /// <summary>Seconds from the start to the first token of a sequence, the mean of all.</summary>
    public double TimeToFirstToken { get; private init; }

    /// <summary>The plan; of a row that does not fit, the one that needs least. Null until the row is measured.</summary>
    public MemoryPlan? Plan { get; private init; }

    /// <summary>Most bytes of the arena in use.</summary>
    public long MeasuredPeakBytes { get; private init; }

    /// <summary>Most bytes of the whole process in memory.</summary>
    public long ProcessPeakBytes { get; private init; }

    /// <summary><c>ok</c>, or what kept the row from running.</summary>
    public string Status { get; private init; } = "ok";

    /// <summary>Whether the row does not fit the cap and was not run.</summary>
    public bool IsRefused => Plan is { Fits: false };

    /// <summary>Opens the model as this row needs it, and times it; the first row of a process warms up for longer.</summary>
    public async Task<BenchRow> MeasureAsync(ChosenModel chosen, LanguageModelOptions options, bool isFirst, IProgress<LoadProgress> progress, CancellationToken cancellationToken)
    {
        LanguageModel.ResetProcessPeak();
        LanguageModel model;
        try
        {
            model = chosen.Open(options with { Batch = Batch, Context = options.Context ?? (Prompt + Generate) }, progress);
        }
        catch (BudgetExceededException e)
        {
            return this with { Plan = e.Smallest, Status = "does not fit: " + e.Message };
        }

        using (model)
        {
            int warmUp = Math.Min(WarmUpPrompt, Prompt);
            await RunAsync(model, 0, warmUp, Math.Min(isFirst ? CompilingTokens : WarmUpTokens, Prompt + Generate - warmUp), cancellationToken).ConfigureAwait(false);
            long start = Stopwatch.GetTimestamp();
            var times = await Task.WhenAll(Enumerable.Range(0, Batch).Select(i => RunAsync(model, i, Prompt, Generate, cancellationToken))).ConfigureAwait(false);
            long prefilled = times.Max(t => t[0]);
            long end = times.Max(t => t[^1]);
            return this with
            {
                PrefillTokensPerSecond = (double)Batch * Prompt / Stopwatch.GetElapsedTime(start, prefilled).TotalSeconds,
                DecodeTokensPerSecond = end == prefilled ? 0 : times.Sum(t => t.Count(time => time > prefilled)) / Stopwatch.GetElapsedTime(prefilled, end).TotalSeconds,
                TimeToFirstToken = times.Average(t => Stopwatch.GetElapsedTime(start, t[0]).TotalSeconds),
                Plan = model.Plan,
                MeasuredPeakBytes = model.MeasuredArenaBytes,
                ProcessPeakBytes = LanguageModel.ProcessPeakBytes,
            };
        }
    }

    // When each token of one sequence came.
    private static async Task<long[]> RunAsync(LanguageModel model, int sequence, int prompt, int generate, CancellationToken cancellationToken)
    {
        int[] ids = [.. Enumerable.Range(0, prompt).Select(i => (int)(((((long)sequence * prompt) + i) * IdStep) % model.VocabularySize))];
        var options = new GenerationOptions { MaxTokens = Math.Max(generate, 1), IgnoreEos = true, Sampling = new SamplingOptions { Temperature = 0 } };
        var times = new List<long>(generate);
        await foreach (var token in model.GenerateAsync(ids, options, cancellationToken).ConfigureAwait(false))
        {
            times.Add(Stopwatch.GetTimestamp());
        }

        return [.. times];
    }
}
