namespace AwqIlgpu;

/// <summary>What a run of <see cref="AwqQuantizer"/> did.</summary>
/// <param name="Groups">The scaled groups, layer by layer.</param>
/// <param name="Linears">The quantised linear layers.</param>
/// <param name="LayerSeconds">Seconds that each decoder layer took, in this run or the one that it goes on with.</param>
/// <param name="BitsPerWeight">Bits for each weight of the quantised layers, scales and zero points included.</param>
/// <param name="Bytes">Bytes of all tensors written.</param>
/// <param name="Tensors">Tensors written.</param>
/// <param name="Seconds">Time of this run.</param>
/// <param name="ResumedLayers">Layers that an interrupted run had done before.</param>
/// <param name="ProcessPeakBytes">Most bytes of the process that were in memory at one time.</param>
/// <param name="Plan">What was planned.</param>
/// <param name="CalibrationPerplexity">The original model's perplexity on the first sequences of the calibration text; null where it was not measured.</param>
/// <param name="IsForeignCalibration">Whether the model predicts the calibration text worse than chance, so that nothing was fitted to it: weights were rounded to nearest.</param>
public sealed record QuantizationReport(
    IReadOnlyList<ScaledGroupReport> Groups,
    IReadOnlyList<QuantizedLinearReport> Linears,
    IReadOnlyList<double> LayerSeconds,
    double BitsPerWeight,
    long Bytes,
    int Tensors,
    double Seconds,
    int ResumedLayers,
    long ProcessPeakBytes,
    QuantizationPlan Plan,
    double? CalibrationPerplexity,
    bool IsForeignCalibration);

/// <summary>The scale search of one group of linear layers.</summary>
/// <param name="Layer">Index of the decoder layer.</param>
/// <param name="Name">The linears, for example <c>model.layers.0.self_attn.q_proj, k_proj, v_proj</c>.</param>
/// <param name="Ratio">The chosen ratio; null for no scaling.</param>
/// <param name="LossBefore">Mean squared error of the block's output after plain rounding.</param>
/// <param name="LossAfter">The same with the chosen scales.</param>
public sealed record ScaledGroupReport(int Layer, string Name, double? Ratio, double LossBefore, double LossAfter);

/// <summary>The rounding of one linear layer.</summary>
/// <param name="Layer">Index of the decoder layer.</param>
/// <param name="Name">The linear.</param>
/// <param name="ClipShare">Share of groups whose range was narrowed.</param>
/// <param name="Rounding">How weights were rounded.</param>
/// <param name="LossBefore">Mean squared error of the linear's output after rounding the scaled weights to nearest, on the tokens that decided; null where it was not measured.</param>
/// <param name="LossAfter">The same as it was done.</param>
public sealed record QuantizedLinearReport(int Layer, string Name, double ClipShare, WeightRounding Rounding, double? LossBefore, double? LossAfter);

/// <summary>How far a run of <see cref="AwqQuantizer"/> is.</summary>
/// <param name="LayersDone">Decoder layers that are written.</param>
/// <param name="Layers">All of them.</param>
/// <param name="Elapsed">Time of this run.</param>
/// <param name="Remaining">Time left, judged by the layers of this run; null before its first.</param>
public readonly record struct QuantizationProgress(int LayersDone, int Layers, TimeSpan Elapsed, TimeSpan? Remaining);
