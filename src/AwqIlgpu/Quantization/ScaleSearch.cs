using System.Runtime.Intrinsics;

namespace AwqIlgpu.Quantization;

/// <summary>The mean squared change of a block's output (attention, MLP or a single linear) when its linears get other weights.</summary>
/// <param name="linears">Weights to use in place of the group's own, in the group's order; valid during the call only.</param>
internal delegate double OutputLoss(IReadOnlyList<WeightMatrix> linears);

/// <summary>What a scale search found.</summary>
/// <param name="Step">The chosen ratio in twentieths; -1 for no scaling.</param>
/// <param name="Scales">One per input feature of the linears, [K].</param>
/// <param name="Loss">The least loss.</param>
/// <param name="Losses">Loss of every ratio tried, from 0 on; the rough one where there was one.</param>
/// <param name="IdentityLoss">Loss of plain rounding; NaN where it was not tried.</param>
internal sealed record ScaleSearchResult(int Step, float[] Scales, double Loss, double[] Losses, double IdentityLoss);

/// <summary>Finds the channel scales with which a group of linears that share an input loses least by quantisation.</summary>
/// <remarks>
/// <para>Math: of the scales s of <see cref="ScaleGrid"/>, takes the first with the least loss when each weight W becomes Q(W * s) / s.</para>
/// <para>The robust rule also tries s = 1 and ratio 1, so the result is never worse than plain rounding.</para>
/// <para>Source: AutoAWQ 0.2.9, awq/quantize/quantizer.py, _compute_best_scale; Lin et al., 2023, arXiv:2306.00978.</para>
/// </remarks>
/// <param name="scheme">Group size and rule.</param>
/// <param name="duoScaling">Whether the weight's magnitude counts too.</param>
internal sealed class ScaleSearch(QuantizationScheme scheme, bool duoScaling)
{
    private const int IdentityStep = -1;

    /// <summary>Ratios that are compared by the full loss where a rough one chose them.</summary>
    private const int Finalists = 3;

    /// <summary>Searches one group of linears.</summary>
    /// <param name="linears">The original weights, each [N_i, K]; not changed.</param>
    /// <param name="inputMagnitude">Mean |input| per feature, [K].</param>
    /// <param name="loss">Runs or computes what the weights do to the output.</param>
    /// <param name="sharing">Set where the scales are absorbed by a value projection: query heads of a KV head get the same scales.</param>
    /// <param name="rough">A cheaper loss that is asked first; only the few ratios that it likes best are then compared by <paramref name="loss"/>. Null to compare all.</param>
    /// <exception cref="InvalidDataException">No candidate has a finite loss, or a weight cannot be quantised.</exception>
    public ScaleSearchResult Search(IReadOnlyList<WeightMatrix> linears, float[] inputMagnitude, OutputLoss loss, KvHeadSharing? sharing = null, OutputLoss? rough = null)
    {
        float[] x = sharing is { } heads ? heads.Mean(inputMagnitude) : inputMagnitude;
        float[] w = duoScaling ? ScaleGrid.WeightMagnitude(linears, scheme) : [];
        if (duoScaling && sharing is { } sameHeads)
        {
            w = sameHeads.Mean(w);
        }

        bool robust = scheme.Rule == QuantizerRule.Robust;
        var trial = linears.Select(l => l.Copy()).ToArray();
        float[] bestScales = Identity(linears);
        int bestStep = IdentityStep;
        double identityLoss = robust ? Try(linears, trial, bestScales, loss) : double.NaN;
        double best = double.IsFinite(identityLoss) ? identityLoss : double.PositiveInfinity;
        var losses = new double[robust ? ScaleGrid.Size + 1 : ScaleGrid.Size];
        float[][] candidates = [.. losses.Select((_, step) => sharing is { } h ? h.Expand(ScaleGrid.Scales(x, w, step)) : ScaleGrid.Scales(x, w, step))];
        for (int step = 0; step < losses.Length; step++)
        {
            losses[step] = Try(linears, trial, candidates[step], rough ?? loss);
        }

        foreach (int step in Enumerable.Range(0, losses.Length).OrderBy(step => rough is null ? 0 : losses[step]).Take(rough is null ? losses.Length : Finalists))
        {
            double value = rough is null ? losses[step] : Try(linears, trial, candidates[step], loss);
            if (value < best)
            {
                (best, bestStep, bestScales) = (value, step, candidates[step]);
            }
        }

        return double.IsFinite(best) ? new(bestStep, bestScales, best, losses, identityLoss) : throw NoFiniteLoss(linears);
    }

    /// <summary>The loss of plain rounding.</summary>
    public double PlainLoss(IReadOnlyList<WeightMatrix> linears, OutputLoss loss) => Try(linears, [.. linears.Select(l => l.Copy())], Identity(linears), loss);

    private static float[] Identity(IReadOnlyList<WeightMatrix> linears)
    {
        float[] scales = new float[linears[0].Columns];
        Array.Fill(scales, 1);
        return scales;
    }

    private double Try(IReadOnlyList<WeightMatrix> linears, WeightMatrix[] trial, float[] scales, OutputLoss loss)
    {
        for (int i = 0; i < trial.Length; i++)
        {
            if (!RoundTrip(linears[i], scales, trial[i]))
            {
                return double.PositiveInfinity;
            }
        }

        return loss(trial);
    }

    /// <summary>Q(W * s) / s; false where a group of W * s cannot be quantised.</summary>
    private bool RoundTrip(WeightMatrix original, float[] scales, WeightMatrix result)
    {
        int groupSize = scheme.GroupSizeFor(original.Columns);
        bool succeeded = true;
        ParallelWork.Run(original.Rows, row =>
        {
            var from = original.Row(row);
            var to = result.Row(row);
            Multiply(from, scales, to);

            for (int group = 0; group < to.Length / groupSize; group++)
            {
                var values = to.Slice(group * groupSize, groupSize);
                var (min, max) = GroupFit.Range(values);
                var fit = PseudoQuantizer.Fit(min, max, scheme);
                if (!fit.Succeeded)
                {
                    Volatile.Write(ref succeeded, false);
                    return;
                }

                PseudoQuantizer.RoundTrip(values, fit, scheme, values);
            }

            Divide(to, scales);
        });
        return succeeded;
    }

    private static void Multiply(ReadOnlySpan<float> values, ReadOnlySpan<float> scales, Span<float> products)
    {
        int i = 0;
        for (; i + Vector256<float>.Count <= values.Length; i += Vector256<float>.Count)
        {
            (Vector256.Create(values[i..]) * Vector256.Create(scales[i..])).CopyTo(products[i..]);
        }

        for (; i < values.Length; i++)
        {
            products[i] = values[i] * scales[i];
        }
    }

    private static void Divide(Span<float> values, ReadOnlySpan<float> scales)
    {
        int i = 0;
        for (; i + Vector256<float>.Count <= values.Length; i += Vector256<float>.Count)
        {
            (Vector256.Create<float>(values[i..]) / Vector256.Create(scales[i..])).CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            values[i] /= scales[i];
        }
    }

    /// <summary>Says whether the weights are to blame, and which, or else the activations.</summary>
    private InvalidDataException NoFiniteLoss(IReadOnlyList<WeightMatrix> linears)
    {
        foreach (var linear in linears)
        {
            PseudoQuantizer.Quantize(linear, scheme);
        }

        return new($"{linears[0].Name}: no scale gives a finite output error; the model's activations overflow on the calibration text. Check the checkpoint, or calibrate on other text.");
    }
}
