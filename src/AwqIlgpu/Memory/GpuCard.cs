namespace AwqIlgpu;

/// <summary>A graphics card as its data sheet describes it, for plans without the card.</summary>
/// <param name="Name">Name in options, for example <c>a10g</c>.</param>
/// <param name="MemoryBytes">Its memory in bytes, as its driver reports it.</param>
/// <param name="BytesPerSecond">Peak rate at which it reads its memory.</param>
/// <param name="OperationsPerSecond">Peak rate of dense fp16 tensor arithmetic with float sums, a multiplication and an addition counted as two.</param>
public sealed record GpuCard(string Name, long MemoryBytes, double BytesPerSecond, double OperationsPerSecond)
{
    /// <summary>The cards that are known.</summary>
    /// <remarks>
    /// Memory is what the driver reports, less than the data sheet's where error correction takes a part. Bandwidth and arithmetic are the vendors' peaks: NVIDIA's data
    /// sheets and architecture papers (without sparsity; SXM modules for A100, H100 and H200; products of fp16 with sums in fp32 for GeForce), AWS for A10G, AMD's data sheet for MI300X.
    /// </remarks>
    public static IReadOnlyList<GpuCard> All { get; } =
    [
        Of("t4", 15360, 320, 65),
        Of("l4", 23034, 300, 121),
        Of("a10g", 23028, 600, 70),
        Of("rtx3090", 24576, 936, 71),
        Of("rtx4090", 24564, 1008, 165),
        Of("l40s", 46068, 864, 362),
        Of("a100-40", 40960, 1555, 312),
        Of("a100-80", 81920, 2039, 312),
        Of("h100", 81559, 3350, 989),
        Of("h200", 143771, 4800, 989),
        Of("mi300x", 196592, 5300, 1307),
    ];

    private static GpuCard Of(string name, long mebibytes, double gigabytesPerSecond, double teraflops) =>
        new(name, mebibytes << 20, gigabytesPerSecond * 1e9, teraflops * 1e12);
}

/// <summary>The most that a card's data sheet allows: every weight read once a step, every product at peak rate. Predicted, not measured.</summary>
/// <param name="PrefillTokensPerSecond">Prompt tokens of all sequences together.</param>
/// <param name="DecodeTokensPerSecond">Generated tokens of all sequences together, at full context.</param>
public sealed record SpeedPrediction(double PrefillTokensPerSecond, double DecodeTokensPerSecond);
