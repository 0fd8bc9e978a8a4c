using AwqIlgpu.Checkpoints;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;
using AwqIlgpu.Models.Architectures;

namespace AwqIlgpu;

/// <summary>Every buffer of a run, known before a weight is read; the run allocates these and no others.</summary>
public sealed class MemoryPlan
{
    private readonly StepWork _work;
    private Lazy<MemoryAdvice>? _advice;

    internal MemoryPlan(IReadOnlyList<PlannedBuffer> buffers, MemorySettings settings, long capBytes, StepWork work)
    {
        _work = work;
        Buffers = buffers;
        Settings = settings;
        CapBytes = capBytes;
        ArenaBytes = buffers.Where(b => b.Offset >= 0).Max(b => b.Offset + b.Bytes);
        ProcessBytes = ArenaBytes + buffers.Where(b => b.Offset < 0).Sum(b => b.Bytes);
    }

    /// <summary>The buffers.</summary>
    public IReadOnlyList<PlannedBuffer> Buffers { get; }

    /// <summary>The settings that the plan is for.</summary>
    public MemorySettings Settings { get; }

    /// <summary>The cap that the whole process keeps to, in bytes.</summary>
    public long CapBytes { get; }

    /// <summary>Size of the arena in bytes: the most that all buffers inside it take at any time.</summary>
    public long ArenaBytes { get; }

    /// <summary>Peak of the whole process in bytes: the arena and the allowances beside it.</summary>
    public long ProcessBytes { get; }

    private long KvBytes => Buffers.Where(b => b.Name == MemoryFootprint.Kv).Sum(b => b.Bytes);

    /// <summary>Whether the peak is within the cap.</summary>
    public bool Fits => ProcessBytes <= CapBytes;

    /// <summary>What decides the plan, and what other settings would do; worked out when it is first asked for.</summary>
    public MemoryAdvice Advice => _advice?.Value ?? throw new InvalidOperationException("Only the plan that the planner chose has advice.");

    /// <summary>Plans a model's memory from its config.json and the headers of its files, without reading a weight.</summary>
    /// <param name="folder">A folder in Hugging Face layout.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <exception cref="BudgetExceededException">The model does not fit the memory cap.</exception>
    /// <exception cref="InvalidDataException">A file is broken or contradicts another.</exception>
    /// <exception cref="NotSupportedException">The model needs something that is not supported.</exception>
    public static MemoryPlan OfFolder(string folder, LanguageModelOptions? options = null)
    {
        using var checkpoint = Checkpoint.Open(folder);
        options ??= new LanguageModelOptions();
        var weights = new DecoderWeights(Architecture.Read(checkpoint.Config), checkpoint, options.HeadOf(checkpoint));
        return MemoryPlanner.Plan(new MemoryFootprint(weights, options, MemoryFootprint.TokenizerFileBytes(folder)), options);
    }

    /// <summary>Plans the memory of a model that is known by its shape alone.</summary>
    /// <param name="shape">One of <see cref="LanguageModel.Shapes"/>, or the path of a config.json.</param>
    /// <param name="format">How its weights are stored.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <exception cref="ArgumentException">There is no such shape or file.</exception>
    /// <exception cref="BudgetExceededException">The model does not fit the memory cap.</exception>
    /// <exception cref="InvalidDataException">The file is broken.</exception>
    /// <exception cref="NotSupportedException">The model needs something that is not supported.</exception>
    public static MemoryPlan OfShape(string shape, WeightFormat format, LanguageModelOptions? options = null)
    {
        options ??= new LanguageModelOptions();
        return MemoryPlanner.Plan(new MemoryFootprint(RandomWeights.Describe(shape, format, options), options, tokenizerBytes: 0), options);
    }

    /// <summary>How fast a card could run the plan at the most: prefill by its arithmetic, decode by its memory or its arithmetic, whichever is slower.</summary>
    /// <param name="card">The card.</param>
    public SpeedPrediction Predict(GpuCard card)
    {
        double operations = 2.0 * _work.ProductsPerToken;
        double decodeSeconds = Math.Max((_work.Bytes(Settings.Batch) + KvBytes) / card.BytesPerSecond, Settings.Batch * operations / card.OperationsPerSecond);
        double chunkSeconds = Math.Max(_work.Bytes(Settings.Chunk) / card.BytesPerSecond, Settings.Chunk * operations / card.OperationsPerSecond);
        return new SpeedPrediction(Settings.Chunk / chunkSeconds, Settings.Batch / decodeSeconds);
    }

    internal void Advise(Func<MemoryAdvice> advice) => _advice = new Lazy<MemoryAdvice>(advice);
}

/// <summary>The settings that decide how much memory a run needs beside its weights.</summary>
/// <param name="Chunk">Most prompt tokens in one forward pass.</param>
/// <param name="Kv">Type of the KV cache.</param>
/// <param name="Batch">Most sequences at a time.</param>
/// <param name="Context">Most tokens of one sequence, prompt and generated together.</param>
public readonly record struct MemorySettings(int Chunk, KvType Kv, int Batch, int Context);
