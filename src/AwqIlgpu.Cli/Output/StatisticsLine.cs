namespace AwqIlgpu.Cli.Output;

/// <summary>Counts, speed and memory of one answer, for people.</summary>
internal static class StatisticsLine
{
    public static string Format(GenerationStatistics statistics, OpenModel open) =>
        $"{statistics.PromptTokens} prompt tokens at {statistics.PrefillTokensPerSecond:0.0}/s, {statistics.GeneratedTokens} generated at {statistics.DecodeTokensPerSecond:0.0}/s, "
        + $"first after {statistics.TimeToFirstToken.TotalSeconds:0.00} s, loaded in {open.Load.TotalSeconds:0.00} s; "
        + $"process peak {ByteSize.Format(LanguageModel.ProcessPeakBytes)} of {ByteSize.Format(open.Model.Plan.CapBytes)}.";
}
