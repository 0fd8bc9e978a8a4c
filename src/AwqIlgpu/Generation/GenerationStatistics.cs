namespace AwqIlgpu;

/// <summary>Counts and times of one request.</summary>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="GeneratedTokens">Tokens generated, the end token included.</param>
/// <param name="Prefill">From the first forward pass that holds a token of the request to its first generated token.</param>
/// <param name="Decode">From the first generated token to the last.</param>
/// <param name="TimeToFirstToken">From the request to its first generated token, waiting included.</param>
public sealed record GenerationStatistics(int PromptTokens, int GeneratedTokens, TimeSpan Prefill, TimeSpan Decode, TimeSpan TimeToFirstToken)
{
    /// <summary>Prompt tokens per second of prefill.</summary>
    public double PrefillTokensPerSecond => Rate(PromptTokens, Prefill);

    /// <summary>Tokens per second after the first one; 0 where only one was generated.</summary>
    public double DecodeTokensPerSecond => Rate(GeneratedTokens - 1, Decode);

    private static double Rate(int tokens, TimeSpan time) => tokens <= 0 || time <= TimeSpan.Zero ? 0 : tokens / time.TotalSeconds;
}
