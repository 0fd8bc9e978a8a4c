namespace AwqIlgpu;

/// <summary>How a quantised linear layer lies in the files.</summary>
public enum QuantizationFormat
{
    /// <summary>AutoAWQ GEMM, which every engine reads.</summary>
    Gemm,

    /// <summary>AutoAWQ GEMV.</summary>
    Gemv,

    /// <summary>AutoAWQ GEMV fast, llm-awq's second layout.</summary>
    GemvFast,

    /// <summary>Marlin, symmetric only.</summary>
    Marlin,

    /// <summary>compressed-tensors, pack-quantized.</summary>
    CompressedTensors,
}

/// <summary>Whose choices the quantiser makes.</summary>
public enum QuantizationMode
{
    /// <summary>The best that the checkpoint's format can hold; never knowingly worse than plain rounding, which is what it does where the model predicts the calibration text worse than chance.</summary>
    Robust,

    /// <summary>Those of AutoAWQ 0.2.9.</summary>
    Parity,
}

/// <summary>What the search for channel scales looks at.</summary>
public enum ScaleSearchKind
{
    /// <summary>Magnitudes of activations and of weights.</summary>
    Duo,

    /// <summary>Magnitudes of activations only.</summary>
    Activation,

    /// <summary>No search: no channel is scaled.</summary>
    None,
}

/// <summary>How each weight is rounded.</summary>
public enum WeightRounding
{
    /// <summary>To the nearest code.</summary>
    Nearest,

    /// <summary>So that it takes up what the rounding of other weights did to the layer's output (GPTQ), where that holds on tokens held back.</summary>
    Feedback,
}

/// <summary>Settings of <see cref="AwqQuantizer"/>.</summary>
public sealed record AwqQuantizerOptions
{
    /// <summary>Input features that share a scale: 32, 64, 128, or -1 for whole rows.</summary>
    public int GroupSize { get; init; } = 128;

    /// <summary>Zero points fixed at 8; needed for <see cref="QuantizationFormat.Marlin"/>.</summary>
    public bool Symmetric { get; init; }

    /// <summary>Layout of the result.</summary>
    public QuantizationFormat Format { get; init; }

    /// <summary>Whose choices to make.</summary>
    public QuantizationMode Mode { get; init; }

    /// <summary>What the scale search looks at.</summary>
    public ScaleSearchKind Search { get; init; }

    /// <summary>Whether to search clip limits.</summary>
    public bool Clip { get; init; } = true;

    /// <summary>How weights are rounded; null for <see cref="WeightRounding.Feedback"/> in robust mode with a search, else <see cref="WeightRounding.Nearest"/>.</summary>
    public WeightRounding? Rounding { get; init; }

    /// <summary>Linear layers whose name contains one of these stay unquantised.</summary>
    public IReadOnlyList<string> Skip { get; init; } = [];

    /// <summary>Whether a layer is calibrated on the output of the quantised layers before it; otherwise on that of the original ones.</summary>
    public bool Propagate { get; init; }

    /// <summary>Goes on where an interrupted run with the same settings stopped.</summary>
    public bool Resume { get; init; }

    /// <summary>Threads that compute; null for one a core. The result does not depend on it.</summary>
    public int? Threads { get; init; }

    /// <summary>Most bytes of the whole process; null for the container's or machine's limit less a margin. Where it asks for that, activations wait in a file.</summary>
    public long? MemoryCapBytes { get; init; }

    /// <summary>The rounding that is used.</summary>
    internal WeightRounding EffectiveRounding =>
        Rounding ?? (Mode == QuantizationMode.Robust && (Clip || Search != ScaleSearchKind.None) ? WeightRounding.Feedback : WeightRounding.Nearest);

    /// <summary>Whether the calibration text has an effect.</summary>
    internal bool NeedsCalibration => Search != ScaleSearchKind.None || Clip || EffectiveRounding == WeightRounding.Feedback;
}
