namespace AwqIlgpu;

/// <summary>How to continue a prompt.</summary>
public sealed record GenerationOptions
{
    /// <summary>Most tokens to generate; null: as many as the context has room for.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>How the next token is chosen; null: as the model's generation_config.json says, greedy where it says nothing.</summary>
    public SamplingOptions? Sampling { get; init; }

    /// <summary>Strings that end generation; they are not part of the text.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Go on after the model's end token.</summary>
    public bool IgnoreEos { get; init; }
}
