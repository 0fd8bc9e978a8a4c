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
    private readonly long _stagingBytes;
    private readonly StepWork _work;

    /// <param name="weights">The model's weights, described.</param>
    /// <param name="options">How it is opened.</param>
    /// <param name="tokenizerBytes">Size of tokenizer.json; 0 where there is none.</param>
    public MemoryFootprint(DecoderWeights weights, LanguageModelOptions options, long tokenizerBytes)
    {
        _weights = weights;
        _options = options;
        _device = DeviceProviders.Find(options.Device).Provider;
        _layout = new ActivationLayout(weights.Config);
        LoadThreads = _device.LoadThreads(options);
        _stagingBytes = WeightLoader.StagingBytes(weights);
        _work = new StepWork(weights);
        _runtimeBytes = RuntimeBytes + (options.ThreadCount * ThreadBytes) + (tokenizerBytes == 0 ? 0 : TokenizerBytes + (TokenizerFactor * tokenizerBytes));
    }

    /// <summary>The weights, described.</summary>
    public DecoderWeights Weights => _weights;

    /// <summary>The decoder.</summary>
    public DecoderConfig Config => _weights.Config;

    /// <summary>The smallest type that the KV cache can have on the device.</summary>
    public KvType SmallestKv => _device.SmallestKv;

    /// <summary>Most threads that read weights.</summary>
    public int LoadThreads { get; }

    /// <summary>Size of a folder's tokenizer.json; 0 where there is none.</summary>
    public static long TokenizerFileBytes(string folder)
    {
        string path = Path.Combine(folder, "tokenizer.json");
        if (!File.Exists(path))
        {
            return 0;
        }

        // By the open file: where a cache of downloads links to it, the path's own length is the link's.
        using var file = File.OpenHandle(path);
        return RandomAccess.GetLength(file);
    }

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

        var cache = new KvCache(Config, settings);
        Add(Kv, cache.ByteCount, KvFormula(cache, settings), BufferLifetime.Run);
        Add(Activations, (long)rows * _layout.FloatsPerToken * sizeof(float), _layout.Formula, BufferLifetime.Run);
        Add(Workspace, _device.WorkspaceBytes(_weights, settings, _options), "rope tables for a chunk, and what the device's products and attention need", BufferLifetime.Run);
        Add(Logits, (long)DecoderModel.LogitsRows(settings) * Config.VocabularySize * sizeof(float), $"{DecoderModel.LogitsRows(settings)} rows * vocabulary * 4", BufferLifetime.Run);
        Add(Sampling, Sampler.WorkspaceBytes(Config.VocabularySize), "vocabulary * 4", BufferLifetime.Run);
        // Weights are read before the first token runs, so staging lies over what only a run needs: as many shares as that has room for, and one at the least.
        long shares = _stagingBytes == 0 ? 0 : Math.Clamp((end - _weights.Bytes) / _stagingBytes, 1, LoadThreads);
        buffers.Add(new PlannedBuffer(Staging, shares * _stagingBytes, $"{shares} threads * scales, zero points and a strip of the largest layer", BufferLifetime.Load, _weights.Bytes));
        if (_device.HostBytes(_weights, settings) is > 0 and var hostBytes)
        {
            buffers.Add(new PlannedBuffer("host copies", hostBytes, "what a step sends to the device, and the logits that come back", BufferLifetime.Run, -1));
        }

        buffers.Add(new PlannedBuffer("runtime", _runtimeBytes, ".NET runtime, code, tokenizer: measured allowance", BufferLifetime.Always, -1));
        return new MemoryPlan(buffers, settings, capBytes, _work);
    }

    private string KvFormula(KvCache cache, MemorySettings settings)
    {
        var counts = Enumerable.Range(0, Config.Layers.Length).CountBy(cache.ClassOf).Select(layers =>
            $"{layers.Value} layers of {cache.Classes[layers.Key].MostPerSequence}{(cache.Classes[layers.Key].MostPerSequence < cache.TableBlocks ? " (window and chunk)" : "")}");
        return $"batch {settings.Batch} * blocks of {KvBlockLayout.BlockSize} tokens for {settings.Context}: {string.Join(", ", counts)}, * bytes of a block of a layer";
    }

    // What a process without a tokenizer peaks at beyond its arena: measured 50 to 57 MiB, short and long runs, with and without a small heap budget
    // (GCgen0size, GCConserveMemory), neither of which changed it by more than 2 MiB; so no setting of the collector is made but the one in the command's project.
    private const long RuntimeBytes = 68L << 20;

    // Stack and scratch of a thread that computes; the largest are the tiles of the float product, 208 KiB with AVX-512.
    private const long ThreadBytes = 256L << 10;

    // Code that reads a tokenizer, and its tables: measured beyond RuntimeBytes are 17 MiB for 1.5 MiB of tokenizer.json, 23 for 3.4 and 57 for 10.9.
    private const long TokenizerBytes = 12L << 20;
    private const long TokenizerFactor = 5;
}
