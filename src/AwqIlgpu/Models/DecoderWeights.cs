using AwqIlgpu.Checkpoints;
using AwqIlgpu.Memory;

namespace AwqIlgpu.Models;

/// <summary>All weights of a decoder, described without reading any, each with its place at the start of the arena.</summary>
internal sealed class DecoderWeights
{
    private const string MatrixFormula = "int4: out * in / 2, and per group a scale and half a byte of zero point, rows padded to 16; float: out * in * element size; 4 bytes per bias";

    private const string TableFormula = "vocabulary * hidden * element size, and per block of int8 two scales and a byte of zero points";

    private readonly IWeightSource _source;
    private readonly List<LinearWeights> _linears = [];
    private readonly List<LatentWeights> _latents = [];
    private readonly List<VectorWeights> _vectors = [];
    private readonly List<PlannedBuffer> _buffers = [];
    private (int Features, int BlockSize, int RowsPerToken)[]? _int4Inputs;
    private long _end;

    /// <param name="config">The decoder.</param>
    /// <param name="source">Its tensors; only headers are read here.</param>
    /// <param name="head">How the output head is kept.</param>
    /// <exception cref="InvalidDataException">A tensor is missing or has another shape.</exception>
    public DecoderWeights(DecoderConfig config, IWeightSource source, HeadType head = HeadType.Stored)
    {
        _source = source;
        Config = config;
        Embedding = Table(config.EmbeddingNameIn(source), config.VocabularySize, config.TieWordEmbeddings ? head : HeadType.Stored);
        Positions = config.Positions is { } positions ? Table(positions.Prefix, positions.Rows) : null;
        EndBuffer("weights: embeddings", TableFormula);
        Head = [config.TieWordEmbeddings ? Embedding : Linear(new LinearConfig(config.HeadPrefix, config.VocabularySize, config.HiddenSize), head: head)];
        EndBuffer("weights: head", TableFormula + "; nothing where tied to the embeddings");
        FinalNorm = Norm(config.FinalNorm);
        var norms = Array.ConvertAll(config.Layers, l => (Input: NormOrNull(l.InputNorm), AttentionOutput: NormOrNull(l.AttentionOutputNorm), FeedForward: NormOrNull(l.FeedForwardNorm), FeedForwardOutput: NormOrNull(l.FeedForwardOutputNorm)));
        EndBuffer("weights: norms", "4 bytes each");
        var attention = Array.ConvertAll(config.Layers, l => Attention(l.Attention));
        EndBuffer("weights: attention", MatrixFormula + ", per element of latent attention's two matrices, and per weight of a norm");
        var feedForward = Array.ConvertAll(config.Layers, l => l.FeedForward is { } block ? FeedForward(block) : null);
        EndBuffer("weights: feed-forward", MatrixFormula);
        var experts = Array.ConvertAll(config.Layers, l => l.Experts is { } mixture ? Experts(mixture) : null);
        EndBuffer("weights: experts", MatrixFormula);
        Layers = [.. config.Layers.Select((layer, i) => new LayerWeights
        {
            Config = layer,
            InputNorm = norms[i].Input,
            Attention = attention[i],
            AttentionOutputNorm = norms[i].AttentionOutput,
            FeedForwardNorm = norms[i].FeedForward,
            FeedForward = feedForward[i],
            Experts = experts[i],
            FeedForwardOutputNorm = norms[i].FeedForwardOutput,
        })];
    }

    /// <summary>The decoder.</summary>
    public DecoderConfig Config { get; }

    /// <summary>The token embeddings.</summary>
    public LinearWeights Embedding { get; }

    /// <summary>The position embeddings, or null.</summary>
    public LinearWeights? Positions { get; }

    /// <summary>The layers, first to last.</summary>
    public LayerWeights[] Layers { get; }

    /// <summary>The norm before the head.</summary>
    public NormWeights FinalNorm { get; }

    /// <summary>The output head, as a list of one for the device.</summary>
    public LinearWeights[] Head { get; }

    /// <summary>Every linear layer once, in the order of the arena.</summary>
    public IReadOnlyList<LinearWeights> AllLinears => _linears;

    /// <summary>The different inputs that int4 layers have: their width, their block of features that share a scale, and their rows for each token.</summary>
    public IReadOnlyList<(int Features, int BlockSize, int RowsPerToken)> Int4Inputs => _int4Inputs ??=
        [.. _linears.Where(l => l.Int4 is not null).Select(l => (l.Int4!.Value.InFeatures, l.Int4.Value.BlockSize, l.RowsPerToken)).Distinct()];

    /// <summary>Every latent attention, whose K and V are not among the linear layers.</summary>
    public IReadOnlyList<LatentWeights> AllLatents => _latents;

    /// <summary>Every vector, in the order of the arena.</summary>
    public IReadOnlyList<VectorWeights> AllVectors => _vectors;

    /// <summary>The weights' part of the plan: buffers from the arena's first byte on.</summary>
    public IReadOnlyList<PlannedBuffer> Buffers => _buffers;

    /// <summary>Bytes from the arena's first byte to the end of the weights.</summary>
    public long Bytes => _end;

    private AttentionWeights Attention(AttentionConfig config) => new()
    {
        Projections = Linears(config.Projections),
        Latent = config.Latent is { } latent ? Latent(config, latent) : null,
        QueryNorm = NormOrNull(config.QueryNorm),
        KeyNorm = NormOrNull(config.KeyNorm),
        Output = [Linear(config.Output)],
    };

    private LatentWeights Latent(AttentionConfig attention, LatentConfig config)
    {
        LinearConfig[] down = config.QueryDown is null ? [config.KeyValueDown] : [config.QueryDown, config.KeyValueDown];
        var projections = Linears(down);
        var query = Linear(config.Query);
        var queryToLatent = new HeadMatrices(_end, attention.NumHeads, config.Rank, config.PlainDim);
        var latentToValue = new HeadMatrices(queryToLatent.End, attention.NumHeads, config.ValueDim, config.Rank);
        _end = latentToValue.End;
        var latent = new LatentWeights
        {
            Config = config,
            Down = projections,
            QueryDownNorm = NormOrNull(config.QueryDownNorm),
            Query = [query],
            KeyValueNorm = Norm(config.KeyValueNorm),
            KeyValueUp = _source.Linear(config.KeyValueUp.Prefix, config.KeyValueUp.OutFeatures, config.KeyValueUp.InFeatures, bias: false),
            QueryToLatent = queryToLatent,
            LatentToValue = latentToValue,
        };
        _latents.Add(latent);
        return latent.KeyValueUp.HasBias ? throw new NotSupportedException($"{config.KeyValueUp.Prefix} has a bias; latent attention is supported without.") : latent;
    }

    private FeedForwardWeights FeedForward(FeedForwardConfig config, int rowsPerToken = 1) => new()
    {
        Config = config,
        GateUp = Linears(config.GateUp, rowsPerToken),
        ActivationScales = config.ActivationScales is { } scales && _source.HasTensor(scales) ? Vector(scales, [config.IntermediateSize], VectorForm.Reciprocal) : null,
        OutputGate = config.OutputGate is null ? [] : [Linear(config.OutputGate)],
        Down = [Linear(config.Down, rowsPerToken)],
    };

    private ExpertsWeights Experts(ExpertsConfig config)
    {
        int count = config.Experts.Length;
        string beyond = config.Experts[^1].Down.Prefix.Replace($"experts.{count - 1}.", $"experts.{count}.", StringComparison.Ordinal);
        if (_source.HasUnnamed(beyond))
        {
            throw new InvalidDataException($"{beyond} is in the file, but config.json has {count} experts; expected experts 0 to {count - 1}.");
        }

        return new ExpertsWeights
        {
            Config = config,
            Router = [Linear(config.Router)],
            ChoiceBias = config.ChoiceBias is { } bias ? Vector(bias, [count], VectorForm.Plain) : null,
            Experts = Array.ConvertAll(config.Experts, expert => FeedForward(expert, config.Rule.ExpertsPerToken)),
        };
    }

    private LinearWeights Table(string prefix, int rows, HeadType head = HeadType.Stored)
    {
        var table = Linear(new LinearConfig(prefix, rows, Config.HiddenSize), head: head);
        return table.Info.Layout == WeightLayout.Float ? table : throw new NotSupportedException($"{prefix} is quantised ({table.Info.Layout}); embeddings must be fp16, bf16 or fp32.");
    }

    private LinearWeights Linear(LinearConfig config, int rowsPerToken = 1, HeadType head = HeadType.Stored)
    {
        var linear = new LinearWeights(config, _source.Linear(config.Prefix, config.OutFeatures, config.InFeatures, config.Bias), _end, rowsPerToken, head == HeadType.Int8);
        _linears.Add(linear);
        _end = Arena.Align(linear.End);
        return linear;
    }

    private LinearWeights[] Linears(LinearConfig[] configs, int rowsPerToken = 1) => Array.ConvertAll(configs, c => Linear(c, rowsPerToken));

    private NormWeights? NormOrNull(NormConfig? config) => config is null ? null : Norm(config);

    private NormWeights Norm(NormConfig config)
    {
        var form = config.UnitOffset ? VectorForm.PlusOne : VectorForm.Plain;
        long offset = _end;
        string name = config.Prefix + ".weight";
        if (config.Segments == 1 || _source.HasTensor(name))
        {
            Vector(name, config.Segments == 1 ? [config.Width] : [config.Segments, config.Width], form);
        }
        else
        {
            for (int i = 0; i < config.Segments; i++)
            {
                // Side by side, without the gap that other vectors are aligned with.
                _end = offset + ((long)i * config.Width * sizeof(float));
                Vector($"{config.Prefix}.norms.{i}.weight", [config.Width], form);
            }
        }

        string bias = config.Prefix + ".bias";
        return new NormWeights(config, offset, config.Kind == NormKind.Layer && _source.HasTensor(bias) ? Vector(bias, [config.Width], VectorForm.Plain).Offset : -1);
    }

    private VectorWeights Vector(string name, long[] shape, VectorForm form)
    {
        _source.FloatTensor(name, shape, "one for each value");
        var vector = new VectorWeights(name, checked((int)shape.Aggregate((a, b) => a * b)), _end, form);
        _vectors.Add(vector);
        _end = Arena.Align(_end + ((long)vector.Count * sizeof(float)));
        return vector;
    }

    private void EndBuffer(string name, string formula)
    {
        long start = _buffers.Count == 0 ? 0 : _buffers[^1].Offset + _buffers[^1].Bytes;
        if (_end > start || _buffers.Count < 2)
        {
            _buffers.Add(new PlannedBuffer(name, _end - start, formula, BufferLifetime.Always, start));
        }
    }
}
