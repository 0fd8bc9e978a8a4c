using System.Runtime.CompilerServices;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;
using AwqIlgpu.Generation;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;
using AwqIlgpu.Models.Architectures;

namespace AwqIlgpu;

/// <summary>A language model that is open: its weights in memory, ready to continue prompts.</summary>
/// <remarks>
/// <para>Safe for concurrent callers: requests are batched, each gets its own tokens, and the result of one does not depend on the others.</para>
/// <para>Everything large lies in one arena whose size <see cref="Plan"/> states before a weight is read; <see cref="Dispose"/> gives it back.</para>
/// </remarks>
public sealed class LanguageModel : IDisposable
{
    private readonly Engine _engine;
    private readonly MemoryMeter _meter;
    private readonly DecoderModel _model;
    private readonly GenerationConfig _generation;
    private readonly int[] _endTokens;
    private readonly ITokenizer? _tokenizer;
    private readonly ChatTemplate? _chatTemplate;

    private LanguageModel(string folder, DecoderModel model, MemoryPlan plan, GenerationConfig generation, ITokenizer? tokenizer, ChatTemplate? chatTemplate)
    {
        Folder = folder;
        Plan = plan;
        _model = model;
        _generation = generation;
        _endTokens = [.. generation.EosTokenIds];
        _tokenizer = tokenizer;
        _chatTemplate = chatTemplate;
        _engine = new Engine(model, plan.Settings);
        _meter = new MemoryMeter(this);
    }

    /// <summary>Names of the shapes that <see cref="OpenShape"/> knows.</summary>
    public static IEnumerable<string> Shapes => ModelShape.Names;

    /// <summary>The folder, or the shape, that the model came from.</summary>
    public string Folder { get; }

    /// <summary>The buffers that the model may use, and does.</summary>
    public MemoryPlan Plan { get; }

    /// <summary>What is in use of each buffer of <see cref="Plan"/> at this moment, and the most that ever was; also on the meter <c>AwqIlgpu</c> of System.Diagnostics.Metrics.</summary>
    /// <remarks>What the plan allows for beside the arena is measured as all that the process holds beyond it, whatever else runs there included.</remarks>
    public IReadOnlyList<MemoryUse> Memory => [.. Plan.Buffers.Select(Use)];

    /// <summary>Most bytes of the arena that were in use so far.</summary>
    public long MeasuredArenaBytes => _model.Device.Arena.HighWaterBytes;

    /// <summary>Most bytes that this process had in memory at one time since it began, the .NET runtime included.</summary>
    public static long ProcessPeakBytes => ProcessMemory.PeakBytes;

    /// <summary>Makes <see cref="ProcessPeakBytes"/> count from now on, on Linux where the system allows it.</summary>
    public static void ResetProcessPeak() => ProcessMemory.ResetPeak();

    /// <summary>Rows of the vocabulary.</summary>
    public int VocabularySize => _model.Config.VocabularySize;

    /// <summary>The tokenizer that the model was opened with; the folder's where none was given.</summary>
    /// <exception cref="InvalidOperationException">The folder has no tokenizer.json, and no tokenizer was given.</exception>
    public ITokenizer Tokenizer => _tokenizer ?? throw new InvalidOperationException($"{Folder} has no tokenizer.json; open the model with a tokenizer, or give token ids in place of text.");

    /// <summary>The folder's chat template; null where it has none.</summary>
    public ChatTemplate? ChatTemplate => _chatTemplate;

    /// <summary>Opens a model: plans its memory, allocates it, reads the weights.</summary>
    /// <param name="folder">A folder in Hugging Face layout: config.json, safetensors, tokenizer.json.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="progress">Told how far reading the weights is; may be null.</param>
    /// <exception cref="BudgetExceededException">The model does not fit the memory cap; nothing was allocated.</exception>
    /// <exception cref="InvalidDataException">A file is broken or contradicts another.</exception>
    /// <exception cref="NotSupportedException">The model needs something that is not supported.</exception>
    /// <exception cref="ArgumentException">There is no device of the name in the options.</exception>
    public static LanguageModel Open(string folder, LanguageModelOptions? options = null, IProgress<LoadProgress>? progress = null)
    {
        using var checkpoint = Checkpoint.Open(folder);
        options ??= new LanguageModelOptions();
        var config = Architecture.Read(checkpoint.Config);
        var generation = GenerationConfig.Read(folder, checkpoint.Config.Root);
        var weights = new DecoderWeights(config, checkpoint, options.HeadOf(checkpoint));
        var footprint = new MemoryFootprint(weights, options, MemoryFootprint.TokenizerFileBytes(folder));
        return Open(footprint, options, device => WeightLoader.Load(weights, checkpoint, device, footprint.LoadThreads, progress), (model, plan) =>
            new LanguageModel(folder, model, plan, generation, options.Tokenizer ?? ReadTokenizer(folder), ChatTemplate.Load(folder)));
    }

    /// <summary>Opens a model of random weights, made in memory: for measuring speed and memory of a shape without its files. It continues token ids, not text.</summary>
    /// <param name="shape">One of <see cref="Shapes"/>, or the path of a config.json.</param>
    /// <param name="format">How the weights are stored.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="progress">Told how far making the weights is; may be null.</param>
    /// <exception cref="ArgumentException">There is no such shape or file.</exception>
    /// <exception cref="BudgetExceededException">The model does not fit the memory cap; nothing was allocated.</exception>
    /// <exception cref="InvalidDataException">The file is broken.</exception>
    /// <exception cref="NotSupportedException">The model needs something that is not supported.</exception>
    public static LanguageModel OpenShape(string shape, WeightFormat format, LanguageModelOptions? options = null, IProgress<LoadProgress>? progress = null)
    {
        options ??= new LanguageModelOptions();
        var weights = RandomWeights.Describe(shape, format, options);
        var footprint = new MemoryFootprint(weights, options, tokenizerBytes: 0);
        return Open(footprint, options, device => RandomWeights.Load(weights, device, progress), (model, plan) =>
            new LanguageModel(shape, model, plan, GenerationConfig.Empty, null, null));
    }

    /// <summary>Continues a text as it stands, without a chat template.</summary>
    /// <param name="prompt">The text; the tokenizer adds its special tokens.</param>
    /// <param name="options">How to continue; null for the defaults.</param>
    /// <param name="cancellationToken">Ends generation within one step.</param>
    /// <exception cref="ArgumentException">The prompt is empty, or longer than the context.</exception>
    public IAsyncEnumerable<GeneratedToken> GenerateAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        GenerateAsync(Tokenizer.Encode(prompt), options, cancellationToken);

    /// <summary>Answers a message through the folder's chat template.</summary>
    /// <param name="message">What the user says.</param>
    /// <param name="options">How to continue; null for the defaults.</param>
    /// <param name="cancellationToken">Ends generation within one step.</param>
    /// <exception cref="InvalidOperationException">The folder has no chat template.</exception>
    public IAsyncEnumerable<GeneratedToken> ChatAsync(string message, GenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        ChatAsync([new ChatMessage("user", message)], options, cancellationToken);

    /// <summary>Continues a conversation through the folder's chat template.</summary>
    /// <param name="messages">The conversation so far, oldest first.</param>
    /// <param name="options">How to continue; null for the defaults.</param>
    /// <param name="cancellationToken">Ends generation within one step.</param>
    /// <exception cref="InvalidOperationException">The folder has no chat template.</exception>
    public IAsyncEnumerable<GeneratedToken> ChatAsync(IReadOnlyList<ChatMessage> messages, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        var template = _chatTemplate ?? throw new InvalidOperationException($"{Folder} has no chat template; use GenerateAsync.");
        // The template writes the special tokens itself.
        return GenerateAsync(Tokenizer.Encode(template.Render(messages), addSpecialTokens: false), options, cancellationToken);
    }

    /// <summary>Continues a prompt of token ids.</summary>
    /// <param name="promptTokenIds">The prompt, at least one token.</param>
    /// <param name="options">How to continue; null for the defaults.</param>
    /// <param name="cancellationToken">Ends generation within one step.</param>
    /// <exception cref="ArgumentException">The prompt is empty, longer than the context, or holds an id outside of the vocabulary.</exception>
    public async IAsyncEnumerable<GeneratedToken> GenerateAsync(
        IReadOnlyList<int> promptTokenIds,
        GenerationOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var stream = Start(promptTokenIds, options ?? new GenerationOptions());
        while (await stream.NextAsync(cancellationToken).ConfigureAwait(false) is { } token)
        {
            yield return token;
        }
    }

    /// <summary>Runs several prompts together and returns their results in order; a request that fails carries its error and fails no other.</summary>
    /// <param name="requests">The prompts, of which at most twice the plan's batch are under way at a time, so that the memory of the others' answers is not taken yet.</param>
    /// <param name="cancellationToken">Ends all of them within one step.</param>
    public async Task<IReadOnlyList<GenerationResult>> GenerateBatchAsync(IReadOnlyList<GenerationRequest> requests, CancellationToken cancellationToken = default)
    {
        using var places = new SemaphoreSlim(2 * Plan.Settings.Batch);
        return await Task.WhenAll(requests.Select(InTurnAsync)).ConfigureAwait(false);

        async Task<GenerationResult> InTurnAsync(GenerationRequest request)
        {
            await places.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await CompleteAsync(request, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                places.Release();
            }
        }
    }

    /// <summary>Gives the logits of every position of a text, in order.</summary>
    /// <param name="tokenIds">The text, at least one token and at most the context.</param>
    /// <param name="onLogits">Called with a position and the logits of the token that follows it, [vocabulary]; the span is valid during the call only.</param>
    /// <param name="cancellationToken">Ends the pass within one step.</param>
    /// <exception cref="ArgumentException">The text is empty, longer than the context, or holds an id outside of the vocabulary.</exception>
    public async Task LogitsAsync(IReadOnlyList<int> tokenIds, Action<int, ReadOnlySpan<float>> onLogits, CancellationToken cancellationToken = default)
    {
        int[] tokens = Check(tokenIds);
        var sequence = new Sequence(tokens, (position, logits) => onLogits(position, logits));
        _engine.Add(sequence);
        using var registration = cancellationToken.Register(sequence.Cancel);
        while (!sequence.IsFinished)
        {
            await sequence.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        sequence.ThrowIfFailed();
    }

    /// <summary>Ends all requests and gives all memory back.</summary>
    public void Dispose()
    {
        _meter.Dispose();
        _engine.Dispose();
        _model.Device.Dispose();
    }

    private MemoryUse Use(PlannedBuffer buffer)
    {
        var arena = _model.Device.Arena;
        if (buffer.Offset < 0)
        {
            long inArena = arena.IsOnHost ? arena.HighWaterBytes : 0;
            return new MemoryUse(buffer.Name, buffer.Bytes, Math.Max(0, ProcessMemory.ResidentBytes - inArena), Math.Max(0, ProcessMemory.PeakBytes - inArena));
        }

        var (live, highWater) = buffer.Name == MemoryFootprint.Kv ? (_engine.KvLiveBytes, _engine.KvHighWaterBytes) : arena.BytesInUse(buffer);
        return new MemoryUse(buffer.Name, buffer.Bytes, live, highWater);
    }

    private TokenStream Start(IReadOnlyList<int> promptTokenIds, GenerationOptions options)
    {
        int[] prompt = Check(promptTokenIds);
        int room = Plan.Settings.Context - prompt.Length;
        int maxTokens = Math.Min(options.MaxTokens ?? room, room);
        if (options.MaxTokens is < 1 || maxTokens < 1)
        {
            throw new ArgumentException($"The prompt has {prompt.Length} tokens and {options.MaxTokens ?? 1} more are asked for; at least 1 must be, and the context holds {Plan.Settings.Context}. Open the model with a larger context.", nameof(options));
        }

        var sampling = (options.Sampling ?? default).OrElse(_generation.Sampling);
        int capacity = prompt.Length + maxTokens;
        var sampler = new Sampler(sampling, VocabularySize, capacity, new int[Sampler.HistoryInts(sampling, VocabularySize, capacity)]);
        sampler.Observe(prompt);
        var sequence = new Sequence(prompt, maxTokens, sampler, options.IgnoreEos ? default : _endTokens);
        var stream = new TokenStream(sequence, _tokenizer?.CreateStream(), [.. options.Stop, .. _tokenizer is null ? [] : _generation.StopStrings]);
        _engine.Add(sequence);
        return stream;
    }

    private async Task<GenerationResult> CompleteAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        var text = new System.Text.StringBuilder();
        var ids = new List<int>();
        var logProbabilities = new List<float>();
        try
        {
            GeneratedToken last = default;
            await foreach (var token in GenerateAsync(request.PromptTokenIds, request.Options, cancellationToken).ConfigureAwait(false))
            {
                text.Append(token.Text);
                ids.Add(token.Id);
                logProbabilities.Add(token.LogProbability);
                last = token;
            }

            return new GenerationResult(text.ToString(), ids, logProbabilities, last.FinishReason!.Value, last.Statistics);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            return new GenerationResult(text.ToString(), ids, logProbabilities, FinishReason.Error, null, e);
        }
    }

    private static LanguageModel Open(MemoryFootprint footprint, LanguageModelOptions options, Action<IDevice> load, Func<DecoderModel, MemoryPlan, LanguageModel> create)
    {
        var (provider, info) = DeviceProviders.Find(options.Device);
        if (info.Kind is not ("cpu" or "ilgpu"))
        {
            // A GPU's own memory is what binds there.
            options = options with { MemoryCapBytes = options.MemoryCapBytes ?? info.MemoryBytes };
        }

        var plan = MemoryPlanner.Plan(footprint, options);
        var device = provider.Create(plan, footprint.Weights, options);
        try
        {
            load(device);
            return create(new DecoderModel(footprint.Weights, device, plan.Settings), plan);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    private static Tokenizer? ReadTokenizer(string folder) => File.Exists(Path.Combine(folder, "tokenizer.json")) ? AwqIlgpu.Tokenizer.Load(folder) : null;

    private int[] Check(IReadOnlyList<int> tokenIds)
    {
        if (tokenIds.Count == 0 || tokenIds.Count > Plan.Settings.Context)
        {
            throw new ArgumentException($"The text has {tokenIds.Count} tokens; expected 1 to {Plan.Settings.Context}, the context that the model was opened with.", nameof(tokenIds));
        }

        int[] tokens = [.. tokenIds];
        for (int i = 0; i < tokens.Length; i++)
        {
            if ((uint)tokens[i] >= (uint)VocabularySize)
            {
                throw new ArgumentException($"Token {i} is {tokens[i]}; expected 0 to {VocabularySize - 1}.", nameof(tokenIds));
            }
        }

        return tokens;
    }
}

/// <summary>How far reading the weights is.</summary>
/// <param name="BytesRead">Bytes read so far.</param>
/// <param name="TotalBytes">Bytes to read.</param>
public readonly record struct LoadProgress(long BytesRead, long TotalBytes);
