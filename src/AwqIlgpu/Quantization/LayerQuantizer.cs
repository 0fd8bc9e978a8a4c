using AwqIlgpu.Models;

namespace AwqIlgpu.Quantization;

/// <summary>A decoder layer after its quantisation.</summary>
/// <param name="Layer">Norms and biases as they go into the file, and the linears' dequantised weights.</param>
/// <param name="Matrices">The quantised linears by prefix; those left out stay float.</param>
/// <param name="Groups">What the scale searches found.</param>
/// <param name="Linears">How the linears were rounded.</param>
internal sealed record QuantizedLayer(CalibrationLayer Layer, Dictionary<string, QuantizedMatrix> Matrices, List<ScaledGroupReport> Groups, List<QuantizedLinearReport> Linears);

/// <summary>Quantises one decoder layer after the other: scale searches on the original weights, absorption, clip search, rounding.</summary>
/// <param name="options">Settings.</param>
/// <param name="stream">The calibration sequences; null where none are needed.</param>
internal sealed class LayerQuantizer(AwqQuantizerOptions options, CalibrationStream? stream)
{
    // Tokens on which the robust search tries every ratio, and on which it compares the best few.
    private const int TokensForAll = InputStatistics.SampleTokens;
    private const int TokensForFinalists = 1024;

    // AutoAWQ leaves ranges alone where a name holds one of these: query and key, which meet in a product, and whatever happens to be called so.
    private static readonly string[] s_unclipped = ["q_", "k_", "query", "key", "Wqkv"];

    private readonly bool _robust = options.Mode == QuantizationMode.Robust;
    private readonly QuantizationScheme _search = new(options.GroupSize, options.Symmetric, options.Mode == QuantizationMode.Robust ? QuantizerRule.Robust : QuantizerRule.ParitySingle);
    private readonly QuantizationScheme _final = new(options.GroupSize, options.Symmetric, options.Mode == QuantizationMode.Robust ? QuantizerRule.Robust : QuantizerRule.ParityHalf);

    /// <summary>Whether a linear of the decoder is to be quantised.</summary>
    public static bool IsQuantized(LinearConfig linear, AwqQuantizerOptions options) => !options.Skip.Any(name => IsNamed(linear, name));

    /// <summary>Whether a name of <see cref="AwqQuantizerOptions.Skip"/> stands for a linear.</summary>
    public static bool IsNamed(LinearConfig linear, string name) => linear.Prefix.Contains(name, StringComparison.Ordinal);

    /// <summary>Quantises a layer.</summary>
    /// <param name="layer">Its weights; changed.</param>
    /// <param name="index">Which layer it is.</param>
    /// <param name="cancellationToken">Asked before each sequence, each search and each linear.</param>
    /// <exception cref="InvalidDataException">A weight cannot be quantised, or no scale gives a finite loss; the message names the layer.</exception>
    public QuantizedLayer Quantize(CalibrationLayer layer, int index, CancellationToken cancellationToken)
    {
        var statistics = Record(layer, cancellationToken);
        List<ScaledGroupReport> groups = [];
        var scales = Search(layer, index, statistics, groups, cancellationToken);
        var absorbed = scales.ToDictionary(found => found.Group.Readers.Input, found => found.Group.Absorb(layer, found.Scales, asStored: _robust));
        Dictionary<string, QuantizedMatrix> matrices = [];
        List<QuantizedLinearReport> linears = [];
        foreach (var (input, readers, _) in InputReaders.Of(layer.Config))
        {
            var rounding = new LinearRounding(options, _search, _final, stream is null ? null : statistics[input], absorbed.GetValueOrDefault(input, []));
            foreach (var linear in readers.Where(l => IsQuantized(l, options)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var rounded = rounding.Round(layer.Weight(linear), options.Clip && (_robust || !s_unclipped.Any(part => linear.Prefix.Contains(part, StringComparison.Ordinal))));
                matrices.Add(linear.Prefix, rounded.Matrix);
                linears.Add(new(index, linear.Prefix, rounded.ClipShare, rounded.Rounding, rounded.LossBefore, rounded.LossAfter));
            }
        }

        return new QuantizedLayer(layer, matrices, groups, linears);
    }

    private Dictionary<LayerInput, InputStatistics> Record(CalibrationLayer layer, CancellationToken cancellationToken)
    {
        Dictionary<LayerInput, InputStatistics> statistics = [];
        if (stream is null)
        {
            return statistics;
        }

        int tokens = stream.Tokens;
        foreach (var (input, linears, _) in InputReaders.Of(layer.Config))
        {
            int features = linears[0].InFeatures;
            statistics.Add(input, _robust
                ? InputStatistics.Robust(features, tokens)
                : InputStatistics.Parity(features, tokens, _search.GroupSizeFor(features), BlocksOf(layer.Config, input) is (false, false) || options.EffectiveRounding == WeightRounding.Feedback));
        }

        stream.Record(layer, statistics, cancellationToken);
        return statistics;
    }

    private List<(ScaleGroup Group, float[] Scales)> Search(CalibrationLayer layer, int index, Dictionary<LayerInput, InputStatistics> statistics, List<ScaledGroupReport> reports, CancellationToken cancellationToken)
    {
        List<(ScaleGroup Group, float[] Scales)> found = [];
        if (options.Search == ScaleSearchKind.None || stream is null)
        {
            return found;
        }

        var search = new ScaleSearch(_search, options.Search == ScaleSearchKind.Duo);
        foreach (var group in ScaleGroup.Of(layer.Config, shareKvHeads: _robust, scaleActivations: options.Format != QuantizationFormat.CompressedTensors))
        {
            LinearConfig[] linears = [.. group.Readers.Linears.Where(l => IsQuantized(l, options))];
            var inputs = statistics[group.Readers.Input];
            if (linears.Length == 0 || inputs.Tokens == 0)
            {
                continue;
            }

            cancellationToken.ThrowIfCancellationRequested();
            var weights = Array.ConvertAll(linears, layer.Weight);
            var (loss, rough) = LossOf(layer, group.Readers.Input, linears, inputs);
            var result = search.Search(weights, inputs.Magnitude, loss, group.Sharing, rough);
            double before = double.IsNaN(result.IdentityLoss) ? search.PlainLoss(weights, loss) : result.IdentityLoss;
            reports.Add(new ScaledGroupReport(index, Name(linears), result.Step < 0 ? null : result.Step / (double)ScaleGrid.Size, before, result.Loss));
            if (result.Step >= 0)
            {
                found.Add((group, result.Scales));
            }
        }

        return found;
    }

    private static string Name(LinearConfig[] linears)
    {
        // Of a mixture of experts only the first are worth reading.
        const int Named = 6;
        var names = linears.Take(Named).Select((l, i) => i == 0 ? l.Prefix : l.Prefix[(l.Prefix.LastIndexOf('.') + 1)..]);
        return string.Join(", ", names) + (linears.Length > Named ? $" and {linears.Length - Named} more" : "");
    }

    /// <summary>The blocks whose output tells the loss of an input's linears; none where the linear's own output does.</summary>
    private static (bool Attention, bool FeedForward) BlocksOf(LayerConfig layer, LayerInput input) =>
        (input.Place == LayerPlace.Attention, input.Place == LayerPlace.FeedForward || (input.Place == LayerPlace.Attention && InputReaders.SharesInput(layer)));

    /// <summary>The loss of a group, and one on fewer tokens to choose finalists by; null where the first is cheap or AutoAWQ's choices are wanted.</summary>
    private (OutputLoss Loss, OutputLoss? Rough) LossOf(CalibrationLayer layer, LayerInput input, LinearConfig[] linears, InputStatistics statistics)
    {
        var (attention, feedForward) = BlocksOf(layer.Config, input);
        if (!attention && !feedForward)
        {
            return (new GramLoss(layer.Weight(linears[0]), statistics.Whole).Of, statistics.Sample is null ? null : stream!.SampleLoss(layer, linears[0], statistics));
        }

        // All ratios see the same tokens, so that few tell them apart; and the search costs the same however long the calibration text is.
        OutputLoss onTokens(int tokens) => trial => stream!.Loss(layer.With(linears, trial), attention, feedForward, tokens);

        return _robust ? (onTokens(TokensForFinalists), onTokens(TokensForAll)) : (onTokens(int.MaxValue), null);
    }
}
