namespace AwqIlgpu;

/// <summary>One generated token, as it is streamed.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Text">The text that this token completes; empty where its bytes wait for the rest of a character, where a stop string may be under way, or for a special token.</param>
/// <param name="LogProbability">Natural logarithm of the token's probability under the model, before sampling options.</param>
/// <param name="FinishReason">Why generation ended, on the last token; null on the others.</param>
/// <param name="Statistics">Counts and times of the whole request, on the last token; null on the others.</param>
public readonly record struct GeneratedToken(int Id, string Text, float LogProbability, FinishReason? FinishReason, GenerationStatistics? Statistics);
