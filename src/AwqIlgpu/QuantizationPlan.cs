namespace AwqIlgpu;

/// <summary>The memory of a run of <see cref="AwqQuantizer"/>, known before a weight is read.</summary>
/// <param name="Buffers">What is held at the same time.</param>
/// <param name="SpillsActivations">Whether the activations of the calibration text wait in a file beside the result, since memory has no room for them.</param>
/// <param name="ProcessBytes">Peak of the process in bytes.</param>
/// <param name="SmallestCapBytes">The smallest cap that the run fits.</param>
/// <param name="CapBytes">The cap.</param>
public sealed record QuantizationPlan(IReadOnlyList<PlannedBuffer> Buffers, bool SpillsActivations, long ProcessBytes, long SmallestCapBytes, long CapBytes)
{
    /// <summary>Whether the run fits the cap.</summary>
    public bool Fits => ProcessBytes <= CapBytes;
}
