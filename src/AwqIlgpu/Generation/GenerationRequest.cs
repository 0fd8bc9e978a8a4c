namespace AwqIlgpu;

/// <summary>One prompt of a batch.</summary>
/// <param name="PromptTokenIds">The prompt's tokens, at least one.</param>
/// <param name="Options">How to continue it; null for the defaults.</param>
public sealed record GenerationRequest(IReadOnlyList<int> PromptTokenIds, GenerationOptions? Options = null);

/// <summary>A finished request.</summary>
/// <param name="Text">The generated text, without special tokens and stop strings.</param>
/// <param name="TokenIds">The generated tokens, the end token included.</param>
/// <param name="LogProbabilities">Natural logarithm of each token's probability under the model.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="Statistics">Counts and times; null where it failed.</param>
/// <param name="Error">What failed; null where nothing did.</param>
public sealed record GenerationResult(
    string Text,
    IReadOnlyList<int> TokenIds,
    IReadOnlyList<float> LogProbabilities,
    FinishReason FinishReason,
    GenerationStatistics? Statistics,
    Exception? Error = null);
