using System.Diagnostics;
using System.Runtime.ExceptionServices;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Generation;

/// <summary>Sees one row of logits of a sequence that is scored; the span is valid during the call only.</summary>
/// <param name="position">Position whose next token the logits predict.</param>
/// <param name="logits">[vocabulary].</param>
internal delegate void LogitsHandler(int position, Span<float> logits);

/// <summary>A request under way: its tokens, how far they are in the KV cache, and what its caller waits for.</summary>
/// <remarks>The engine's thread writes; the caller's thread reads what <see cref="Generated"/> says is there, and may cancel.</remarks>
#pragma warning disable CA1001 // A semaphore has nothing to dispose unless its wait handle is asked for, and the engine may still signal when the caller has left.
internal sealed class Sequence
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _progress = new(0);
    private readonly int[] _tokens;
    private readonly float[] _logProbabilities;
    private readonly long _queued = Stopwatch.GetTimestamp();
    private long _started;
    private long _firstToken;
    private long _lastToken;
    private volatile int _generated;
    private volatile bool _cancelled;
    private volatile bool _finished;

    /// <summary>A prompt to continue.</summary>
    public Sequence(ReadOnlySpan<int> prompt, int maxTokens, Sampler sampler, ReadOnlyMemory<int> endTokens)
    {
        PromptTokens = prompt.Length;
        MaxTokens = maxTokens;
        Sampler = sampler;
        EndTokens = endTokens;
        _tokens = new int[prompt.Length + maxTokens];
        prompt.CopyTo(_tokens);
        _logProbabilities = new float[maxTokens];
    }

    /// <summary>A text to score: every row of logits goes to <paramref name="onLogits"/>, nothing is generated.</summary>
    public Sequence(ReadOnlySpan<int> tokens, LogitsHandler onLogits)
    {
        PromptTokens = tokens.Length;
        OnLogits = onLogits;
        _tokens = tokens.ToArray();
        _logProbabilities = [];
    }

    /// <summary>Tokens of the prompt.</summary>
    public int PromptTokens { get; }

    /// <summary>Most tokens to generate.</summary>
    public int MaxTokens { get; }

    /// <summary>Chooses the next token; null where the sequence is scored.</summary>
    public Sampler? Sampler { get; }

    /// <summary>Takes the logits of every position; null where the sequence is continued.</summary>
    public LogitsHandler? OnLogits { get; }

    /// <summary>Tokens that end generation.</summary>
    public ReadOnlyMemory<int> EndTokens { get; }

    /// <summary>Most positions that the sequence can take in the KV cache.</summary>
    public int Capacity => _tokens.Length;

    /// <summary>Prompt and generated tokens so far.</summary>
    public int Length => PromptTokens + _generated;

    /// <summary>Positions that are in the KV cache.</summary>
    public int Cached { get; set; }

    /// <summary>Generated tokens that the caller may read.</summary>
    public int Generated => _generated;

    /// <summary>Number of the sequence in the KV cache's allocator, once admitted.</summary>
    public int KvSequence { get; set; }

    /// <summary>Rotation frequencies that the cached keys were made with.</summary>
    public Rotation[] Rotations { get; set; } = [];

    /// <summary>Length that <see cref="Rotations"/> were made for.</summary>
    public int RotationLength { get; set; }

    /// <summary>Whether the caller no longer waits.</summary>
    public bool IsCancelled => _cancelled;

    /// <summary>Whether the engine is done with it; once it is, <see cref="Generated"/> stays as it is.</summary>
    public bool IsFinished => _finished;

    /// <summary>Why it ended with its last token; null while it runs, and where it ended without one more token. Set before the last token can be seen.</summary>
    public FinishReason? FinishReason { get; private set; }

    /// <summary>What failed, or null.</summary>
    public Exception? Error { get; private set; }

    /// <summary>Counts and times so far.</summary>
    public GenerationStatistics Statistics => new(
        PromptTokens,
        _generated,
        Elapsed(_started, _firstToken),
        Elapsed(_firstToken, _lastToken),
        Elapsed(_queued, _firstToken));

    /// <summary>All tokens so far.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Length);

    /// <summary>A generated token.</summary>
    public int GeneratedToken(int index) => _tokens[PromptTokens + index];

    /// <summary>A generated token's log-probability.</summary>
    public float LogProbability(int index) => _logProbabilities[index];

    /// <summary>Marks the first forward pass that holds a token of this sequence.</summary>
    public void Start()
    {
        if (_started == 0)
        {
            _started = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Appends a generated token and wakes the caller; says why the sequence ends, if it does with this token.</summary>
    public FinishReason? Append(int token, float logProbability)
    {
        _lastToken = Stopwatch.GetTimestamp();
        if (_firstToken == 0)
        {
            _firstToken = _lastToken;
        }

        _tokens[Length] = token;
        _logProbabilities[_generated] = logProbability;
        FinishReason = EndTokens.Span.Contains(token) ? AwqIlgpu.FinishReason.Stop
            : _generated + 1 == MaxTokens ? AwqIlgpu.FinishReason.Length
            : null;
        _generated++;
        _progress.Release();
        return FinishReason;
    }

    /// <summary>Ends the sequence, with what made it fail if anything did, and wakes the caller.</summary>
    public void Finish(Exception? error = null)
    {
        Error = error;
        _finished = true;
        _progress.Release();
    }

    /// <summary>Throws what made the sequence fail, if anything did.</summary>
    public void ThrowIfFailed()
    {
        if (Error is not null)
        {
            ExceptionDispatchInfo.Throw(Error);
        }
    }

    /// <summary>Asks the engine to drop the sequence before its next step.</summary>
    public void Cancel() => _cancelled = true;

    /// <summary>Waits until a token was appended or the sequence ended.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _progress.WaitAsync(cancellationToken);

    private static TimeSpan Elapsed(long from, long to) => from == 0 || to == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(from, to);
}
