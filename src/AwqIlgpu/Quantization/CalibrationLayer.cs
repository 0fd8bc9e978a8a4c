using AwqIlgpu.Checkpoints;
using AwqIlgpu.Models;

namespace AwqIlgpu.Quantization;

/// <summary>The weights of one decoder layer as floats, to be scaled, run and quantised.</summary>
/// <remarks>A norm that its file holds less 1 is kept as what the model multiplies by, and rows that the file interleaves lie in the model's order.</remarks>
internal sealed class CalibrationLayer
{
    private readonly Dictionary<string, WeightMatrix> _linears;
    private readonly Dictionary<string, float[]> _vectors;
    private readonly HashSet<string> _inFile;

    private CalibrationLayer(LayerConfig config, Dictionary<string, WeightMatrix> linears, Dictionary<string, float[]> vectors, HashSet<string> inFile)
    {
        Config = config;
        _linears = linears;
        _vectors = vectors;
        _inFile = inFile;
    }

    /// <summary>Names, shapes and numbers of the layer.</summary>
    public LayerConfig Config { get; }

    /// <summary>Reads a layer.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, of another shape, or holds NaN or infinity; the message names it.</exception>
    public static CalibrationLayer Load(Checkpoint checkpoint, LayerConfig config)
    {
        var reader = new TensorReader(checkpoint);
        Dictionary<string, WeightMatrix> linears = [];
        Dictionary<string, float[]> vectors = [];
        foreach (var linear in InputReaders.LinearsOf(config).Concat(InputReaders.FloatsOf(config)))
        {
            linears.Add(linear.Prefix, reader.Weight(linear));
            if (checkpoint.HasTensor(linear.Prefix + ".bias"))
            {
                float[] bias = reader.Vector(linear.Prefix + ".bias", linear.OutFeatures);
                vectors.Add(linear.Prefix + ".bias", linear.RowOrder is { } order ? RowOrder.ToModel(bias, 1, order) : bias);
            }
        }

        foreach (var norm in ScaledNorms(config).Concat(OtherNorms(config)))
        {
            float[] weight = reader.Weight(norm);
            vectors.Add(norm.Prefix + ".weight", norm.UnitOffset ? Array.ConvertAll(weight, w => w + 1) : weight);
            if (norm.Kind == NormKind.Layer && checkpoint.HasTensor(norm.Prefix + ".bias"))
            {
                vectors.Add(norm.Prefix + ".bias", reader.Vector(norm.Prefix + ".bias", norm.Width));
            }
        }

        foreach (var block in Blocks(config).Where(block => block.ActivationScales is not null))
        {
            string name = block.ActivationScales!;
            vectors.Add(name, checkpoint.HasTensor(name) ? reader.Vector(name, block.IntermediateSize) : [.. Enumerable.Repeat(1f, block.IntermediateSize)]);
        }

        if (config.Experts?.ChoiceBias is { } choice)
        {
            vectors.Add(choice, reader.Vector(choice, config.Experts.Experts.Length));
        }

        return new CalibrationLayer(config, linears, vectors, [.. vectors.Keys.Where(checkpoint.HasTensor)]);
    }

    /// <summary>Names that the tensors of a quantised layer take the place of.</summary>
    public static IEnumerable<string> Replaced(LayerConfig config) =>
        InputReaders.LinearsOf(config).Concat(InputReaders.FloatsOf(config)).Select(linear => linear.Prefix)
            .Concat(ScaledNorms(config).Select(norm => norm.Prefix))
            .SelectMany(prefix => new[] { prefix + ".weight", prefix + ".bias" })
            .Concat(Blocks(config).Select(block => block.ActivationScales).OfType<string>());

    /// <summary>The weight of a linear.</summary>
    public WeightMatrix Weight(LinearConfig linear) => _linears[linear.Prefix];

    /// <summary>The bias of a linear; empty where it has none.</summary>
    public float[] Bias(LinearConfig linear) => _vectors.GetValueOrDefault(linear.Prefix + ".bias", []);

    /// <summary>What a norm multiplies by.</summary>
    public float[] Weight(NormConfig norm) => _vectors[norm.Prefix + ".weight"];

    /// <summary>What a norm adds; empty for nothing.</summary>
    public float[] Bias(NormConfig norm) => _vectors.GetValueOrDefault(norm.Prefix + ".bias", []);

    /// <summary>Another vector by its tensor's name: the scales of an activation, or the bias of a router's choice.</summary>
    public float[] Vector(string name) => _vectors[name];

    /// <summary>The same layer with other weights for some linears; the rest is shared.</summary>
    public CalibrationLayer With(IEnumerable<LinearConfig> linears, IEnumerable<WeightMatrix> weights)
    {
        var replaced = new Dictionary<string, WeightMatrix>(_linears);
        foreach (var (linear, weight) in linears.Zip(weights))
        {
            replaced[linear.Prefix] = weight;
        }

        return new CalibrationLayer(Config, replaced, _vectors, _inFile);
    }

    /// <summary>The vectors that scales can have changed, as the file holds them.</summary>
    public IEnumerable<(string Name, float[] Values)> ChangedVectors()
    {
        foreach (var linear in InputReaders.LinearsOf(Config).Concat(InputReaders.FloatsOf(Config)).Where(linear => Bias(linear).Length > 0))
        {
            yield return (linear.Prefix + ".bias", linear.RowOrder is { } order ? RowOrder.ToFile(Bias(linear), 1, order) : Bias(linear));
        }

        foreach (var norm in ScaledNorms(Config))
        {
            yield return (norm.Prefix + ".weight", norm.UnitOffset ? Array.ConvertAll(Weight(norm), w => w - 1) : Weight(norm));
            if (Bias(norm).Length > 0)
            {
                yield return (norm.Prefix + ".bias", Bias(norm));
            }
        }

        foreach (string name in Blocks(Config).Select(block => block.ActivationScales).OfType<string>())
        {
            // Scales of 1 that the source does not hold are not needed in the result either.
            if (_inFile.Contains(name) || Vector(name).Any(scale => scale != 1))
            {
                yield return (name, Vector(name));
            }
        }
    }

    private static IEnumerable<FeedForwardConfig> Blocks(LayerConfig config) => [.. new[] { config.FeedForward }.OfType<FeedForwardConfig>(), .. config.Experts?.Experts ?? []];

    /// <summary>Norms that scales can be moved into.</summary>
    private static IEnumerable<NormConfig> ScaledNorms(LayerConfig config) =>
        new[] { config.InputNorm, config.Attention.Latent?.QueryDownNorm, config.Attention.Latent?.KeyValueNorm, config.FeedForwardNorm }.OfType<NormConfig>();

    private static IEnumerable<NormConfig> OtherNorms(LayerConfig config) =>
        new[] { config.Attention.QueryNorm, config.Attention.KeyNorm, config.AttentionOutputNorm, config.FeedForwardOutputNorm }.OfType<NormConfig>();

    /// <summary>Reads tensors as floats.</summary>
    private sealed class TensorReader(Checkpoint checkpoint)
    {
        public WeightMatrix Weight(LinearConfig linear)
        {
            var tensor = checkpoint.FloatTensor(linear.Prefix + ".weight", [linear.OutFeatures, linear.InFeatures], "out features, in features");
            float[] values = Read(tensor);
            return new WeightMatrix(tensor.Name, linear.RowOrder is { } order ? RowOrder.ToModel(values, linear.InFeatures, order) : values, linear.OutFeatures, linear.InFeatures);
        }

        public float[] Weight(NormConfig norm)
        {
            string name = norm.Prefix + ".weight";
            if (norm.Segments == 1)
            {
                return Vector(name, norm.Width);
            }

            return checkpoint.HasTensor(name)
                ? Read(checkpoint.FloatTensor(name, [norm.Segments, norm.Width], "heads, head dimension"))
                : [.. Enumerable.Range(0, norm.Segments).SelectMany(i => Vector($"{norm.Prefix}.norms.{i}.weight", norm.Width))];
        }

        public float[] Vector(string name, int width) => Read(checkpoint.FloatTensor(name, [width], "features"));

        private float[] Read(TensorInfo tensor)
        {
            var values = new float[tensor.ElementCount];
            checkpoint.ReadFiniteFloats(tensor, 0, values);
            return values;
        }
    }
}
