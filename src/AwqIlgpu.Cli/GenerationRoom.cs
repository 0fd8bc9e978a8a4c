namespace AwqIlgpu.Cli;

/// <summary>How many tokens to generate where the command line does not say, and the context that this needs.</summary>
internal sealed class GenerationRoom
{
    private const int DefaultMaxTokens = 512;
    private const int UnknownContext = 4096;

    private readonly int? _context;
    private readonly int? _maxTokens;
    private readonly Lazy<int> _longest;

    /// <param name="folder">The model's folder.</param>
    /// <param name="context">The context asked for; null for none.</param>
    /// <param name="maxTokens">The number of tokens asked for; null for none.</param>
    public GenerationRoom(string folder, int? context, int? maxTokens)
    {
        _context = context;
        _maxTokens = maxTokens;
        _longest = new Lazy<int>(() => context ?? ModelInfo.Read(folder).Context ?? UnknownContext);
    }

    /// <summary>Most tokens to generate after a prompt: what was asked for, else the smaller of 512 and the room.</summary>
    public int MaxTokens(int promptTokens) => _maxTokens ?? Math.Clamp(_longest.Value - promptTokens, 1, DefaultMaxTokens);

    /// <summary>The context that a prompt needs. A prompt that is too long for the model needs the model's own, for the model to refuse it.</summary>
    public int Context(int promptTokens, int maxTokens) =>
        _context ?? (_maxTokens is null ? Math.Max(1, Math.Min(promptTokens + maxTokens, _longest.Value)) : promptTokens + maxTokens);
}
