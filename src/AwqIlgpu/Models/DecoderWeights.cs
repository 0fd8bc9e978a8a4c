using AwqIlgpu.Checkpoints;
using AwqIlgpu.Memory;

namespace AwqIlgpu.Models;

/// <summary>All weights of a decoder, described without reading any, each with its place at the start of the arena.</summary>
internal sealed class DecoderWeights
{
    private const string MatrixFormula = "int4: out * in / 2, and per group a scale and half a byte of zero point, rows padded to 16; float: out * in * element size; 4 bytes per bias";

    private readonly IWeightSource _source;
    private readonly List<LinearWeights> _linears = [];
    private readonly List<NormWeights> _norms = [];
    private readonly List<PlannedBuffer> _buffers = [];
    private long _end;

    /// <param name="config">The decoder.</param>
    /// <param name="source">Its tensors; only headers are read here.</param>
    /// <exception cref="InvalidDataException">A tensor is missing or has another shape.</exception>
    public DecoderWeights(DecoderConfig config, IWeightSource source)
    {
        _source = source;
        Config = config;
        // Where both are one table, the file may hold it under either name.
        bool underHead = config.TieWordEmbeddings && !source.HasTensor(config.EmbeddingPrefix + ".weight") && source.HasTensor(config.HeadPrefix + ".weight");
        Embedding = Linear(new LinearConfig(underHead ? config.HeadPrefix : config.EmbeddingPrefix, config.VocabularySize, config.HiddenSize));
        if (Embedding.Int4 is not null)
        {
            throw new NotSupportedException($"{config.EmbeddingPrefix} is quantised ({Embedding.Info.Layout}); embeddings must be fp16, bf16 or fp32.");
        }

        EndBuffer("weights: embeddings", "vocabulary * hidden * element size");
        Head = [config.TieWordEmbeddings ? Embedding : Linear(new LinearConfig(config.HeadPrefix, config.VocabularySize, config.HiddenSize))];
        EndBuffer("weights: head", "vocabulary * hidden * element size; nothing where tied to the embeddings");
        FinalNorm = Norm(config.FinalNorm);
        var norms = config.Layers
            .Select(l => (Input: Norm(l.InputNorm), Query: NormOrNull(l.Attention.QueryNorm), Key: NormOrNull(l.Attention.KeyNorm), FeedForward: Norm(l.FeedForwardNorm)))
            .ToArray();
        EndBuffer("weights: norms", "4 bytes each");
        var attention = config.Layers.Select(l => (Projections: Linears(l.Attention.Projections), Output: Linear(l.Attention.Output))).ToArray();
        EndBuffer("weights: attention", MatrixFormula);
        Layers = [.. config.Layers.Select((layer, i) => new LayerWeights
        {
            Config = layer,
            InputNorm = norms[i].Input,
            Projections = attention[i].Projections,
            QueryNorm = norms[i].Query,
            KeyNorm = norms[i].Key,
            Output = [attention[i].Output],
            FeedForwardNorm = norms[i].FeedForward,
            GateUp = Linears(layer.FeedForward.GateUp),
            Down = [Linear(layer.FeedForward.Down)],
        })];
        EndBuffer("weights: feed-forward", MatrixFormula);
    }

    /// <summary>The decoder.</summary>
    public DecoderConfig Config { get; }

    /// <summary>The token embeddings.</summary>
    public LinearWeights Embedding { get; }

    /// <summary>The layers, first to last.</summary>
    public LayerWeights[] Layers { get; }

    /// <summary>The norm before the head.</summary>
    public NormWeights FinalNorm { get; }

    /// <summary>The output head, as a list of one for the device.</summary>
    public LinearWeights[] Head { get; }

    /// <summary>Every linear layer once, in the order of the arena.</summary>
    public IReadOnlyList<LinearWeights> AllLinears => _linears;

    /// <summary>Every norm, in the order of the arena.</summary>
    public IReadOnlyList<NormWeights> AllNorms => _norms;

    /// <summary>The weights' part of the plan: buffers from the arena's first byte on.</summary>
    public IReadOnlyList<PlannedBuffer> Buffers => _buffers;

    /// <summary>Bytes from the arena's first byte to the end of the weights.</summary>
    public long Bytes => _end;

    private LinearWeights Linear(LinearConfig config)
    {
        var linear = new LinearWeights(config, _source.Linear(config.Prefix, config.OutFeatures, config.InFeatures, config.Bias), _end);
        _linears.Add(linear);
        _end = Arena.Align(linear.End);
        return linear;
    }

    private LinearWeights[] Linears(LinearConfig[] configs) => [.. configs.Select(Linear)];

    private NormWeights? NormOrNull(NormConfig? config) => config is null ? null : Norm(config);

    private NormWeights Norm(NormConfig config)
    {
        long bytes = Arena.Align((long)config.Width * sizeof(float));
        bool hasBias = config.Kind == NormKind.Layer && _source.HasTensor(config.Prefix + ".bias");
        var norm = new NormWeights(config, _end, hasBias ? _end + bytes : -1);
        _source.FloatTensor(config.Prefix + ".weight", [config.Width], "one for each value");
        if (hasBias)
        {
            _source.FloatTensor(config.Prefix + ".bias", [config.Width], "one for each value");
        }

        _norms.Add(norm);
        _end += hasBias ? 2 * bytes : bytes;
        return norm;
    }

    private void EndBuffer(string name, string formula)
    {
        long start = _buffers.Count == 0 ? 0 : _buffers[^1].Offset + _buffers[^1].Bytes;
        _buffers.Add(new PlannedBuffer(name, _end - start, formula, BufferLifetime.Always, start));
    }
}
