namespace AwqIlgpu.Quantization;

/// <summary>The mean squared change of a block's output (attention, MLP or a single linear) when its linears get other weights.</summary>
/// <param name="linears">Weights to use in place of the group's own, in the group's order; valid during the call only.</param>
internal delegate double OutputLoss(IReadOnlyList<WeightMatrix> linears);

/// <summary>What a scale search found.</summary>
/// <param name="Step">The chosen ratio in twentieths; -1 for no scaling.</param>
/// <param name="Scales">One per input feature of the linears, [K].</param>
/// <param name="Loss">The least loss.</param>
/// <param name="Losses">Loss of every ratio tried, from 0 on.</param>
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
    private const int Identity = -1;

    /// <summary>Searches one group of linears.</summary>
    /// <param name="linears">The original weights, each [N_i, K]; not changed.</param>
    /// <param name="inputMagnitude">Mean |input| per feature, [K].</param>
    /// <param name="loss">Runs or computes what the weights do to the output.</param>
    /// <param name="sharing">Set where the scales are absorbed by a value projection: query heads of a KV head get the same scales.</param>
    /// <exception cref="InvalidDataException">No candidate has a finite loss, or a weight cannot be quantised.</exception>
    public ScaleSearchResult Search(IReadOnlyList<WeightMatrix> linears, float[] inputMagnitude, OutputLoss loss, KvHeadSharing? sharing = null)
    {
        float[] x = sharing is { } heads ? heads.Mean(inputMagnitude) : inputMagnitude;
        float[] w = duoScaling ? ScaleGrid.WeightMagnitude(linears, scheme) : [];
        if (duoScaling && sharing is { } sameHeads)
        {
            w = sameHeads.Mean(w);
        }

        bool robust = scheme.Rule == QuantizerRule.Robust;
        var trial = linears.Select(l => l.Copy()).ToArray();
        float[] bestScales = new float[linears[0].Columns];
        Array.Fill(bestScales, 1);
        int bestStep = Identity;
        double identityLoss = robust ? Try(linears, trial, bestScales, loss) : double.NaN;
        double best = double.IsFinite(identityLoss) ? identityLoss : double.PositiveInfinity;
        var losses = new double[robust ? ScaleGrid.Size + 1 : ScaleGrid.Size];
        for (int step = 0; step < losses.Length; step++)
        {
            float[] scales = ScaleGrid.Scales(x, w, step);
            scales = sharing is { } h ? h.Expand(scales) : scales;
            losses[step] = Try(linears, trial, scales, loss);
            if (losses[step] < best)
            {
                (best, bestStep, bestScales) = (losses[step], step, scales);
            }
        }

        return double.IsFinite(best) ? new(bestStep, bestScales, best, losses, identityLoss) : throw NoFiniteLoss(linears);
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
            for (int i = 0; i < to.Length; i++)
            {
                to[i] = from[i] * scales[i];
            }

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

            for (int i = 0; i < to.Length; i++)
            {
                to[i] /= scales[i];
            }
        });
        return succeeded;
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
