using AwqIlgpu.Checkpoints;
using AwqIlgpu.Models;

namespace AwqIlgpu.Quantization;

/// <summary>The weights of one decoder layer as floats, to be scaled, run and quantised.</summary>
/// <remarks>A norm that its file holds less 1 is kept as what the model multiplies by.</remarks>
internal sealed class CalibrationLayer
{
    private readonly Dictionary<string, WeightMatrix> _linears;
    private readonly Dictionary<string, float[]> _vectors;

    private CalibrationLayer(LayerConfig config, Dictionary<string, WeightMatrix> linears, Dictionary<string, float[]> vectors)
    {
        Config = config;
        _linears = linears;
        _vectors = vectors;
    }

    /// <summary>Names, shapes and numbers of the layer; <see cref="AwqQuantizer"/> takes only architectures whose layers have both norms and one feed-forward block.</summary>
    public LayerConfig Config { get; }

    /// <summary>Every linear of a layer, in the order in which data passes them.</summary>
    public static IEnumerable<LinearConfig> LinearsOf(LayerConfig config) =>
        [.. config.Attention.Projections, config.Attention.Output, .. config.FeedForward!.GateUp, config.FeedForward!.Down];

    /// <summary>Every norm of a layer.</summary>
    public static IEnumerable<NormConfig> NormsOf(LayerConfig config) =>
        new[] { config.InputNorm, config.Attention.QueryNorm, config.Attention.KeyNorm, config.FeedForwardNorm }.OfType<NormConfig>();

    /// <summary>Reads a layer.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, of another shape, or holds NaN or infinity; the message names it.</exception>
    public static CalibrationLayer Load(Checkpoint checkpoint, LayerConfig config)
    {
        Dictionary<string, WeightMatrix> linears = [];
        Dictionary<string, float[]> vectors = [];
        foreach (var linear in LinearsOf(config))
        {
            var tensor = checkpoint.FloatTensor(linear.Prefix + ".weight", [linear.OutFeatures, linear.InFeatures], "out features, in features");
            var values = new float[tensor.ElementCount];
            checkpoint.ReadFiniteFloats(tensor, 0, values);
            linears.Add(linear.Prefix, new WeightMatrix(tensor.Name, values, linear.OutFeatures, linear.InFeatures));
            if (checkpoint.HasTensor(linear.Prefix + ".bias"))
            {
                vectors.Add(linear.Prefix + ".bias", ReadVector(checkpoint, linear.Prefix + ".bias", linear.OutFeatures));
            }
        }

        foreach (var norm in NormsOf(config))
        {
            float[] weight = ReadVector(checkpoint, norm.Prefix + ".weight", norm.Width);
            vectors.Add(norm.Prefix + ".weight", norm.UnitOffset ? Array.ConvertAll(weight, w => w + 1) : weight);
            if (norm.Kind == NormKind.Layer && checkpoint.HasTensor(norm.Prefix + ".bias"))
            {
                vectors.Add(norm.Prefix + ".bias", ReadVector(checkpoint, norm.Prefix + ".bias", norm.Width));
            }
        }

        return new CalibrationLayer(config, linears, vectors);
    }

    /// <summary>The weight of a linear.</summary>
    public WeightMatrix Weight(LinearConfig linear) => _linears[linear.Prefix];

    /// <summary>The bias of a linear; empty where it has none.</summary>
    public float[] Bias(LinearConfig linear) => _vectors.GetValueOrDefault(linear.Prefix + ".bias", []);

    /// <summary>What a norm multiplies by.</summary>
    public float[] Weight(NormConfig norm) => _vectors[norm.Prefix + ".weight"];

    /// <summary>What a norm adds; empty for nothing.</summary>
    public float[] Bias(NormConfig norm) => _vectors.GetValueOrDefault(norm.Prefix + ".bias", []);

    /// <summary>The same layer with other weights for some linears; the rest is shared.</summary>
    public CalibrationLayer With(IEnumerable<LinearConfig> linears, IEnumerable<WeightMatrix> weights)
    {
        var replaced = new Dictionary<string, WeightMatrix>(_linears);
        foreach (var (linear, weight) in linears.Zip(weights))
        {
            replaced[linear.Prefix] = weight;
        }

        return new CalibrationLayer(Config, replaced, _vectors);
    }

    /// <summary>The tensors beside the linears' weights as the file holds them, fp16 bits by name.</summary>
    /// <exception cref="InvalidDataException">A value is beyond fp16.</exception>
    public IEnumerable<(string Name, ushort[] Values)> Vectors()
    {
        var offsets = NormsOf(Config).Where(n => n.UnitOffset).Select(n => n.Prefix + ".weight").ToHashSet();
        foreach (var (name, values) in _vectors)
        {
            yield return (name, HalfTensor.Round(name, offsets.Contains(name) ? Array.ConvertAll(values, v => v - 1) : values));
        }
    }

    private static float[] ReadVector(Checkpoint checkpoint, string name, int width)
    {
        var values = new float[width];
        checkpoint.ReadFiniteFloats(checkpoint.FloatTensor(name, [width], "features"), 0, values);
        return values;
    }
}
