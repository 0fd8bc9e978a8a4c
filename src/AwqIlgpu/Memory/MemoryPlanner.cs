namespace AwqIlgpu.Memory;

/// <summary>Finds the settings that fit a cap: the largest chunk first; what the caller pinned stays.</summary>
internal static class MemoryPlanner
{
    // Larger chunks gain nothing on a CPU: the matrices are read once per chunk either way.
    private const int LargestChunk = 512;

    private const int DefaultContext = 4096;

    /// <summary>The plan that a model is opened with.</summary>
    /// <exception cref="BudgetExceededException">No chunk fits.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is below 1.</exception>
    public static MemoryPlan Plan(MemoryFootprint footprint, LanguageModelOptions options)
    {
        long cap = options.MemoryCapBytes ?? DefaultCapBytes();
        int context = AtLeastOne(options.Context ?? Math.Min(footprint.Config.MaxPositions, DefaultContext), nameof(options.Context));
        int largest = AtLeastOne(options.Chunk ?? Math.Min(context, LargestChunk), nameof(options.Chunk));
        var settings = new MemorySettings(
            largest,
            options.Kv ?? (options.Precision == Precision.Exact ? KvType.Fp32 : KvType.Fp16),
            AtLeastOne(options.Batch, nameof(options.Batch)),
            context);

        int smallest = options.Chunk is null ? 1 : largest;
        var least = footprint.Plan(settings with { Chunk = smallest }, cap);
        if (!least.Fits)
        {
            throw new BudgetExceededException(
                $"The run needs {ByteSize.Format(least.ProcessBytes)} at chunk {smallest}, KV {settings.Kv}, batch {settings.Batch}, context {settings.Context}; the cap is {ByteSize.Format(cap)}. "
                + $"Give at least --memory {least.ProcessBytes}, or a smaller context or batch.",
                least);
        }

        // Monotone in the chunk, so the largest that fits is found by halving.
        var best = least;
        for (int low = smallest + 1, high = largest; low <= high;)
        {
            int middle = (low + high) / 2;
            var plan = footprint.Plan(settings with { Chunk = middle }, cap);
            if (plan.Fits)
            {
                best = plan;
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return best;
    }

    /// <summary>What the container or the machine allows, less a margin for everything else on it.</summary>
    public static long DefaultCapBytes()
    {
        long limit = ProcessMemory.LimitBytes();
        return limit - (limit / 16);
    }

    private static int AtLeastOne(int value, string name) =>
        value >= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected at least 1.");
}
