using AwqIlgpu.Devices;
using AwqIlgpu.Generation;
using AwqIlgpu.Kernels;
using AwqIlgpu.Models;

namespace AwqIlgpu.Memory;

/// <summary>What a model needs in memory as a function of the settings: closed form, known before a weight is read.</summary>
internal sealed class MemoryFootprint
{
    /// <summary>Name of the KV cache's buffer.</summary>
    public const string Kv = "kv cache";

    /// <summary>Name of the buffer of a step's intermediate results.</summary>
    public const string Activations = "activations";

    /// <summary>Name of the logits' buffer.</summary>
    public const string Logits = "logits";

    /// <summary>Name of the sampler's buffer.</summary>
    public const string Sampling = "sampling";

    /// <summary>Name of the device's scratch memory.</summary>
    public const string Workspace = "workspace";

    /// <summary>Name of the buffer that weights pass through on their way from the file.</summary>
    public const string Staging = "load staging";

    private readonly DecoderWeights _weights;
    private readonly ActivationLayout _layout;
    private readonly LanguageModelOptions _options;
    private readonly IDeviceProvider _device;
    private readonly long _runtimeBytes;
    private readonly long _products;
    private readonly long _stepBytes;

    /// <param name="weights">The model's weights, described.</param>
    /// <param name="options">How it is opened.</param>
    /// <param name="tokenizerBytes">Size of tokenizer.json; 0 where there is none.</param>
    public MemoryFootprint(DecoderWeights weights, LanguageModelOptions options, long tokenizerBytes)
    {
        _weights = weights;
        _options = options;
        _device = DeviceProviders.Find(options.Device).Provider;
        _layout = new ActivationLayout(weights.Config);
        // Of the embeddings a step reads a few rows, unless they are the head too.
        var products = weights.AllLinears.Where(l => l != weights.Embedding || weights.Config.TieWordEmbeddings).ToList();
        _products = products.Sum(l => (long)l.Info.OutFeatures * l.Info.InFeatures);
        _stepBytes = products.Sum(l => l.ByteCount);
        _runtimeBytes = RuntimeBytes + (TokenizerFactor * tokenizerBytes);
    }

    /// <summary>The weights, described.</summary>
    public DecoderWeights Weights => _weights;

    /// <summary>The decoder.</summary>
    public DecoderConfig Config => _weights.Config;

    /// <summary>The smallest type that the KV cache can have on the device.</summary>
    public KvType SmallestKv => _device.SmallestKv;

    /// <summary>Size of a folder's tokenizer.json; 0 where there is none.</summary>
    public static long TokenizerFileBytes(string folder) =>
        new FileInfo(Path.Combine(folder, "tokenizer.json")) is { Exists: true } file ? file.Length : 0;

    /// <summary>The plan for some settings under a cap.</summary>
    /// <exception cref="ArgumentException">The context is longer than the model can be given positions for.</exception>
    public MemoryPlan Plan(MemorySettings settings, long capBytes)
    {
        if (Config.Positions is not null && settings.Context > Config.MaxPositions)
        {
            throw new ArgumentException($"The context is {settings.Context}; this model has learned positions, and embeddings for {Config.MaxPositions} of them.", nameof(settings));
        }

        int rows = DecoderModel.StepRows(settings);
        var buffers = new List<PlannedBuffer>(_weights.Buffers);
        long end = _weights.Bytes;
        void Add(string name, long bytes, string formula, BufferLifetime lifetime)
        {
            buffers.Add(new PlannedBuffer(name, bytes, formula, lifetime, end));
            end = Arena.Align(end + bytes);
        }

        int blocks = KvCache.Blocks(settings);
        Add(Kv, new KvCache(Config, settings).ByteCount, $"batch {settings.Batch} * blocks of {KvBlockLayout.BlockSize} tokens for {settings.Context} = {blocks} blocks, * bytes of a block over {Config.Layers.Length} layers", BufferLifetime.Run);
        Add(Activations, (long)rows * _layout.FloatsPerToken * sizeof(float), _layout.Formula, BufferLifetime.Run);
        Add(Workspace, _device.WorkspaceBytes(_weights, settings, _options), "rope tables for a chunk, and what the device's products and attention need", BufferLifetime.Run);
        Add(Logits, (long)DecoderModel.LogitsRows(settings) * Config.VocabularySize * sizeof(float), $"{DecoderModel.LogitsRows(settings)} rows * vocabulary * 4", BufferLifetime.Run);
        Add(Sampling, Sampler.WorkspaceBytes(Config.VocabularySize), "vocabulary * 4", BufferLifetime.Run);
        // Weights are read before the first token runs, so staging lies over what only a run needs.
        buffers.Add(new PlannedBuffer(Staging, WeightLoader.StagingBytes(_weights), "scales, zero points and a strip of the largest layer", BufferLifetime.Load, _weights.Bytes));
        if (_device.HostBytes(_weights, settings) is > 0 and var hostBytes)
        {
            buffers.Add(new PlannedBuffer("host copies", hostBytes, "what a step sends to the device, and the logits that come back", BufferLifetime.Run, -1));
        }

        buffers.Add(new PlannedBuffer("runtime", _runtimeBytes, ".NET runtime, code, tokenizer: measured allowance", BufferLifetime.Always, -1));
        return new MemoryPlan(buffers, settings, capBytes) { ProductsPerToken = _products, StepWeightBytes = _stepBytes };
    }

    // What a process with a small model and no tokenizer peaks at beyond its arena, measured, with room for a chunk's threads.
    private const long RuntimeBytes = 80L << 20;

    // Peak of parsing tokenizer.json and keeping its tables, measured in bytes per byte of file.
    private const long TokenizerFactor = 12;
}
