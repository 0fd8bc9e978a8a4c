namespace AwqIlgpu;

/// <summary>A graphics card as its data sheet describes it, for plans without the card.</summary>
/// <param name="Name">Name in options, for example <c>a10g</c>.</param>
/// <param name="MemoryBytes">Its memory in bytes.</param>
/// <param name="BytesPerSecond">Peak rate at which it reads its memory.</param>
/// <param name="OperationsPerSecond">Peak rate of dense fp16 tensor arithmetic with float sums, a multiplication and an addition counted as two.</param>
public sealed record GpuCard(string Name, long MemoryBytes, double BytesPerSecond, double OperationsPerSecond)
{
    /// <summary>The cards that are known.</summary>
    public static IReadOnlyList<GpuCard> All { get; } =
    [
        Of("t4", 16, 320, 65),
        Of("l4", 24, 300, 121),
        Of("a10g", 24, 600, 70),
        Of("rtx3090", 24, 936, 71),
        Of("rtx4090", 24, 1008, 165),
        Of("l40s", 48, 864, 362),
        Of("a100-40", 40, 1555, 312),
        Of("a100-80", 80, 2039, 312),
        Of("h100", 80, 3350, 989),
        Of("h200", 141, 4800, 989),
        Of("mi300x", 192, 5300, 1307),
    ];

    private static GpuCard Of(string name, long gibibytes, double gigabytesPerSecond, double teraflops) =>
        new(name, gibibytes << 30, gigabytesPerSecond * 1e9, teraflops * 1e12);
}

/// <summary>The most that a card's data sheet allows: every weight read once a step, every product at peak rate. Predicted, not measured.</summary>
/// <param name="PrefillTokensPerSecond">Prompt tokens of all sequences together.</param>
/// <param name="DecodeTokensPerSecond">Generated tokens of all sequences together, at full context.</param>
public sealed record SpeedPrediction(double PrefillTokensPerSecond, double DecodeTokensPerSecond);
