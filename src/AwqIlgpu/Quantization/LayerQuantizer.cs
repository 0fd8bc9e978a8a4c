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
    private const int TokensForAll = 512;
    private const int TokensForFinalists = 1024;

    private readonly bool _robust = options.Mode == QuantizationMode.Robust;
    private readonly QuantizationScheme _search = new(options.GroupSize, options.Symmetric, options.Mode == QuantizationMode.Robust ? QuantizerRule.Robust : QuantizerRule.ParitySingle);
    private readonly QuantizationScheme _final = new(options.GroupSize, options.Symmetric, options.Mode == QuantizationMode.Robust ? QuantizerRule.Robust : QuantizerRule.ParityHalf);

    /// <summary>Whether a linear of the decoder is to be quantised.</summary>
    public static bool IsQuantized(LinearConfig linear, AwqQuantizerOptions options) => !options.Skip.Any(name => linear.Prefix.Contains(name, StringComparison.Ordinal));

    /// <summary>Quantises a layer.</summary>
    /// <param name="layer">Its weights; changed.</param>
    /// <param name="index">Which layer it is.</param>
    /// <exception cref="InvalidDataException">A weight cannot be quantised, or no scale gives a finite loss; the message names the layer.</exception>
    public QuantizedLayer Quantize(CalibrationLayer layer, int index)
    {
        var statistics = Record(layer);
        List<ScaledGroupReport> groups = [];
        var scales = Search(layer, index, statistics, groups);
        foreach (var (group, factors) in scales)
        {
            group.Absorb(layer, factors);
        }

        var inputs = Enum.GetValues<LayerInput>().ToDictionary(input => input, input => scales.FirstOrDefault(s => s.Group.Input == input).Scales ?? []);
        Dictionary<string, QuantizedMatrix> matrices = [];
        List<QuantizedLinearReport> linears = [];
        foreach (var byInput in CalibrationLayer.LinearsOf(layer.Config).Where(l => IsQuantized(l, options)).GroupBy(l => ScaleGroup.InputOf(layer.Config, l)))
        {
            // Query and key meet in a product, so AutoAWQ leaves their ranges alone.
            bool clips(LinearConfig linear) => options.Clip && (_robust || byInput.Key != LayerInput.Attention || linear == layer.Config.Attention.Projections[^1]);
            var rounding = new LinearRounding(options, _search, _final, stream is null ? null : statistics[byInput.Key], inputs[byInput.Key]);
            foreach (var linear in byInput)
            {
                var rounded = rounding.Round(layer.Weight(linear), clips(linear));
                matrices.Add(linear.Prefix, rounded.Matrix);
                linears.Add(new(index, linear.Prefix, rounded.ClipShare, rounded.Rounding, rounded.LossBefore, rounded.LossAfter));
            }
        }

        return new QuantizedLayer(layer, matrices, groups, linears);
    }

    private Dictionary<LayerInput, InputStatistics> Record(CalibrationLayer layer)
    {
        Dictionary<LayerInput, InputStatistics> statistics = [];
        if (stream is null)
        {
            return statistics;
        }

        int tokens = stream.Hidden.Rows;
        foreach (var linear in CalibrationLayer.LinearsOf(layer.Config))
        {
            var input = ScaleGroup.InputOf(layer.Config, linear);
            statistics.TryAdd(input, _robust
                ? InputStatistics.Robust(linear.InFeatures, tokens)
                : InputStatistics.Parity(linear.InFeatures, tokens, _search.GroupSizeFor(linear.InFeatures), input is LayerInput.Output or LayerInput.Down || options.EffectiveRounding == WeightRounding.Feedback));
        }

        stream.Record(layer, statistics);
        return statistics;
    }

    private List<(ScaleGroup Group, float[] Scales)> Search(CalibrationLayer layer, int index, Dictionary<LayerInput, InputStatistics> statistics, List<ScaledGroupReport> reports)
    {
        List<(ScaleGroup Group, float[] Scales)> found = [];
        if (options.Search == ScaleSearchKind.None || stream is null)
        {
            return found;
        }

        var search = new ScaleSearch(_search, options.Search == ScaleSearchKind.Duo);
        foreach (var group in ScaleGroup.Of(layer.Config, shareKvHeads: _robust))
        {
            LinearConfig[] linears = [.. group.Linears.Where(l => IsQuantized(l, options))];
            if (linears.Length == 0)
            {
                continue;
            }

            var weights = Array.ConvertAll(linears, layer.Weight);
            var (loss, rough) = LossOf(layer, group, linears, statistics);
            var result = search.Search(weights, statistics[group.Input].Magnitude, loss, group.Sharing, rough);
            double before = double.IsNaN(result.IdentityLoss) ? search.PlainLoss(weights, loss) : result.IdentityLoss;
            string name = string.Join(", ", linears.Select((l, i) => i == 0 ? l.Prefix : l.Prefix[(l.Prefix.LastIndexOf('.') + 1)..]));
            reports.Add(new ScaledGroupReport(index, name, result.Step < 0 ? null : result.Step / (double)ScaleGrid.Size, before, result.Loss));
            if (result.Step >= 0)
            {
                found.Add((group, result.Scales));
            }
        }

        return found;
    }

    /// <summary>The loss of a group, and one on fewer sequences to choose finalists by; null where the first is cheap or AutoAWQ's choices are wanted.</summary>
    private (OutputLoss Loss, OutputLoss? Rough) LossOf(CalibrationLayer layer, ScaleGroup group, LinearConfig[] linears, Dictionary<LayerInput, InputStatistics> statistics)
    {
        OutputLoss? onTokens(int tokens)
        {
            int stride = Math.Max(1, stream!.Hidden.Rows / tokens);
            return group.Input switch
            {
                LayerInput.Attention => trial => stream.AttentionLoss(layer.With(linears, trial), stride),
                LayerInput.FeedForward => trial => stream.FeedForwardLoss(layer.With(linears, trial), stride),
                _ => null,
            };
        }

        // All ratios see the same tokens, so that few tell them apart; and the search costs the same however long the calibration text is.
        return onTokens(_robust ? TokensForFinalists : int.MaxValue) is { } loss
            ? (loss, _robust ? onTokens(TokensForAll) : null)
            : (new GramLoss(layer.Weight(linears[0]), statistics[group.Input].Whole).Of, null);
    }
}
