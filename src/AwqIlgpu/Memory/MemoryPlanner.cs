namespace AwqIlgpu.Memory;

/// <summary>Finds the settings that fit a cap. The chunk gives way first, then the KV type, the batch and the context; what the caller pinned stays.</summary>
/// <remarks>The plan grows with every setting, so each is found by halving, the one that gives way last first.</remarks>
internal static class MemoryPlanner
{
    /// <summary>The plan that a model is opened with.</summary>
    /// <exception cref="BudgetExceededException">Nothing that keeps to the pinned settings fits.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is below 1.</exception>
    public static MemoryPlan Plan(MemoryFootprint footprint, LanguageModelOptions options)
    {
        long cap = options.MemoryCapBytes ?? DefaultCapBytes();
        var range = MemoryRange.Of(options, footprint.Config);
        if (Best(footprint, range, cap) is not { } best)
        {
            throw new BudgetExceededException(footprint.Plan(range.Least, cap), new MemoryAdvice(footprint, range, range.Least, cap));
        }

        var plan = footprint.Plan(best, cap);
        plan.Advise(() => new MemoryAdvice(footprint, range, best, cap));
        return plan;
    }

    /// <summary>The best settings within a range that fit; null where none do.</summary>
    public static MemorySettings? Best(MemoryFootprint footprint, MemoryRange range, long capBytes)
    {
        var (most, least) = range;
        if (!Fits(least))
        {
            return null;
        }

        var best = least;
        best = best with { Context = Largest(least.Context, most.Context, context => Fits(best with { Context = context })) };
        best = best with { Batch = Largest(least.Batch, most.Batch, batch => Fits(best with { Batch = batch })) };
        if (most.Kv != least.Kv)
        {
            best = best with { Kv = MemoryRange.KvTypes.First(kv => Fits(best with { Kv = kv })) };
        }

        return best with { Chunk = Largest(least.Chunk, Math.Max(least.Chunk, Math.Min(most.Chunk, best.Context)), chunk => Fits(best with { Chunk = chunk })) };

        bool Fits(MemorySettings settings) => footprint.Plan(settings, capBytes).Fits;
    }

    /// <summary>What the container or the machine allows, less a margin for everything else on it.</summary>
    public static long DefaultCapBytes()
    {
        long limit = ProcessMemory.LimitBytes();
        return limit - (limit / 16);
    }

    /// <summary>The largest number for which a condition holds that holds for <paramref name="least"/> and for everything below a number for which it holds.</summary>
    public static int Largest(int least, int most, Func<int, bool> fits)
    {
        int low = least;
        int high = most;
        while (low < high)
        {
            int middle = (int)(((long)low + high + 1) / 2);
            if (fits(middle))
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }
}
