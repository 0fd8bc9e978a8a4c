namespace AwqIlgpu.Quantization;

/// <summary>A linear after rounding.</summary>
internal readonly record struct RoundedLinear(QuantizedMatrix Matrix, double ClipShare, WeightRounding Rounding, double? LossBefore, double? LossAfter);

/// <summary>Rounds the linears that share an input: with or without clip limits, to nearest or with feedback.</summary>
/// <remarks>
/// In robust mode each way is fitted to two thirds of the calibration tokens and judged on the rest; the best one, or plain rounding where none is better, is
/// then done with all tokens. So nothing is adopted that does not hold beyond the tokens it was made from.
/// </remarks>
/// <param name="options">Settings.</param>
/// <param name="search">The scheme of the clip search.</param>
/// <param name="final">The scheme of the result.</param>
/// <param name="statistics">What is known of the input; null where nothing is needed.</param>
/// <param name="scales">What the input was divided by since the statistics were taken; empty for nothing.</param>
internal sealed class LinearRounding(AwqQuantizerOptions options, QuantizationScheme search, QuantizationScheme final, InputStatistics? statistics, float[] scales)
{
    /// <summary>Tokens held back that a judgement takes at least; few tokens go to some experts.</summary>
    private const int FewestHeld = 16;

    private readonly bool _feedback = options.EffectiveRounding == WeightRounding.Feedback;
    private readonly Dictionary<GramMatrix, Products> _products = [];

    /// <summary>Rounds one linear.</summary>
    /// <param name="weight">Its weight, scales multiplied in.</param>
    /// <param name="clip">Whether its ranges may be narrowed.</param>
    public RoundedLinear Round(WeightMatrix weight, bool clip)
    {
        if (statistics is null || statistics.Tokens == 0 || (!clip && !_feedback))
        {
            return new(PseudoQuantizer.Quantize(weight, final), 0, WeightRounding.Nearest, null, null);
        }

        if (options.Mode == QuantizationMode.Parity)
        {
            return RoundAsAutoAwq(weight, clip);
        }

        if (statistics.Held.Tokens < FewestHeld || statistics.Fitted.Tokens == 0)
        {
            return new(PseudoQuantizer.Quantize(weight, final), 0, WeightRounding.Nearest, null, null);
        }

        var judge = new GramLoss(weight, ProductsOf(statistics.Held).Whole);
        double loss(QuantizedMatrix matrix) => judge.Of([matrix.Dequantize(weight.Name)]);
        double before = loss(PseudoQuantizer.Quantize(weight, final));
        var best = (Clip: false, Feedback: false, Loss: before);
        var fitted = ProductsOf(statistics.Fitted);
        float[] limits = clip ? Limits(weight, fitted).MaxValues : [];
        foreach (var (clips, feedback) in new[] { (true, false), (false, true), (true, true) }.Where(way => (clip || !way.Item1) && (_feedback || !way.Item2)))
        {
            double way = loss(Quantize(weight, clips ? limits : [], feedback ? fitted : null));
            if (way < best.Loss)
            {
                best = (clips, feedback, way);
            }
        }

        var whole = ProductsOf(statistics.Whole);
        var clipping = best.Clip ? Limits(weight, whole) : null;
        var matrix = Quantize(weight, clipping?.MaxValues ?? [], best.Feedback ? whole : null);
        return new(matrix, ClipShare(clipping), best.Feedback ? WeightRounding.Feedback : WeightRounding.Nearest, before, best.Loss);
    }

    private static double ClipShare(ClipSearchResult? clipping) => clipping is null ? 0 : clipping.Steps.Count(step => step > 0) / (double)clipping.Steps.Length;

    private RoundedLinear RoundAsAutoAwq(WeightMatrix weight, bool clip)
    {
        ClipSearchResult? clipping = null;
        if (clip)
        {
            clipping = new ClipSearch(search).Search(weight, statistics!.Clip.Rescaled(scales, statistics.Clip.GroupSize));
        }

        var matrix = Quantize(weight, clipping?.MaxValues ?? [], _feedback ? ProductsOf(statistics!.Whole) : null);
        return new(matrix, ClipShare(clipping), options.EffectiveRounding, null, null);
    }

    private QuantizedMatrix Quantize(WeightMatrix weight, float[] maxValues, Products? feedback)
    {
        if (feedback is not null)
        {
            return feedback.Feedback.Quantize(weight, maxValues, final);
        }

        if (maxValues.Length > 0)
        {
            weight = weight.Copy();
            ClipSearchResult.Apply(weight, maxValues);
        }

        return PseudoQuantizer.Quantize(weight, final);
    }

    private ClipSearchResult Limits(WeightMatrix weight, Products inputs) => new ClipSearch(search).Search(weight, inputs.Groups);

    private Products ProductsOf(GramMatrix original)
    {
        if (!_products.TryGetValue(original, out var products))
        {
            products = new Products(original, scales, search.GroupSizeFor(original.Features));
            _products.Add(original, products);
        }

        return products;
    }

    /// <summary>The products of the scaled inputs, in the forms that are needed.</summary>
    private sealed class Products(GramMatrix original, float[] scales, int groupSize)
    {
        private readonly Lazy<ErrorFeedback> _feedback = new(() => new ErrorFeedback(original.Rescaled(scales, original.Features)));
        private readonly Lazy<GramMatrix> _groups = new(() => original.Rescaled(scales, groupSize));
        private readonly Lazy<GramMatrix> _whole = new(() => original.Rescaled(scales, original.Features));

        public GramMatrix Whole => _whole.Value;

        public GramMatrix Groups => _groups.Value;

        public ErrorFeedback Feedback => _feedback.Value;
    }
}
