using AwqIlgpu.Memory;

namespace AwqIlgpu;

/// <summary>What decides a memory plan, and what other settings would do.</summary>
public sealed class MemoryAdvice
{
    // Enough to say "more than you will run at a time"; keeps the search and the block numbers small.
    private const int LargestBatchTried = 256;

    private const int SmallBatch = 32;

    private readonly MemoryFootprint _footprint;
    private readonly MemoryRange _range;
    private readonly MemorySettings _settings;
    private readonly long _capBytes;
    private readonly MemoryPlan _plan;

    internal MemoryAdvice(MemoryFootprint footprint, MemoryRange range, MemorySettings settings, long capBytes)
    {
        _footprint = footprint;
        _range = range;
        _settings = settings;
        _capBytes = capBytes;
        _plan = Plan(settings);
        SmallestCapBytes = Plan(range.Least).ProcessBytes;
        Binding = FindBinding();
        LargestContext = FindLargestContext();
        Steps = [.. FindSteps()];
        Alternatives = [.. FindAlternatives()];
    }

    /// <summary>The buffers that keep a setting below what was wanted: <c>weights</c>, <c>kv cache</c>, <c>activations</c> and so on; null where nothing had to give way.</summary>
    public string? Binding { get; }

    /// <summary>The smallest cap, in bytes for the whole process, under which the pinned settings work; the others are at their least.</summary>
    public long SmallestCapBytes { get; }

    /// <summary>The longest context in tokens that the cap and the model allow with the batch and every other pinned setting as they are; 0 for none.</summary>
    public int LargestContext { get; }

    /// <summary>For each setting, what smaller values of it would save; the other settings stay.</summary>
    public IReadOnlyList<MemoryStep> Steps { get; }

    /// <summary>Settings that fit, each the best that is had by giving up one pinned setting, or by a larger cap.</summary>
    public IReadOnlyList<MemoryAlternative> Alternatives { get; }

    private MemoryPlan Plan(MemorySettings settings) => _footprint.Plan(settings, _capBytes);

    // The weights, where they leave no room for anything; else the largest of what the settings decide.
    private string? FindBinding()
    {
        if (_plan.Fits && _settings == _range.Most)
        {
            return null;
        }

        long fixedBytes = _plan.Buffers.Where(b => b.Lifetime == BufferLifetime.Always).Sum(b => b.Bytes);
        if (fixedBytes > _capBytes)
        {
            return "weights";
        }

        var run = _plan.Buffers.Where(b => b.Lifetime == BufferLifetime.Run).ToList();
        var load = _plan.Buffers.Where(b => b.Lifetime == BufferLifetime.Load).ToList();
        return (load.Sum(b => b.Bytes) > run.Sum(b => b.Bytes) ? load : run).MaxBy(b => b.Bytes)!.Name;
    }

    private int FindLargestContext()
    {
        var least = _range.Least with { Batch = _settings.Batch, Context = 1 };
        return Plan(least).Fits ? MemoryPlanner.Largest(1, _footprint.Config.MaxPositions, context => Plan(least with { Context = context }).Fits) : 0;
    }

    private IEnumerable<MemoryStep> FindSteps()
    {
        for (int chunk = _settings.Chunk / 2; chunk >= 1; chunk /= 2)
        {
            yield return Step("chunk", _settings with { Chunk = chunk });
        }

        foreach (var kv in MemoryRange.KvTypes.Where(kv => kv > _settings.Kv && kv <= _footprint.SmallestKv))
        {
            yield return Step("kv", _settings with { Kv = kv });
        }

        // One by one where each counts.
        for (int batch = Smaller(_settings.Batch); batch >= 1; batch = Smaller(batch))
        {
            yield return Step("batch", _settings with { Batch = batch });
        }

        for (int context = _settings.Context / 2; context >= 1; context /= 2)
        {
            yield return Step("context", _settings with { Context = context });
        }
    }

    private static int Smaller(int batch) => batch > SmallBatch ? batch / 2 : batch - 1;

    private MemoryStep Step(string setting, MemorySettings settings)
    {
        var plan = Plan(settings);
        return new MemoryStep(setting, settings, plan.ProcessBytes, _plan.ProcessBytes - plan.ProcessBytes, plan.Fits);
    }

    private IEnumerable<MemoryAlternative> FindAlternatives()
    {
        var (most, least) = _range;
        if (!_plan.Fits)
        {
            yield return new MemoryAlternative("memory", _range.Least, SmallestCapBytes, SmallestCapBytes);
            if (most.Kv == least.Kv && Give("kv", least with { Kv = _footprint.SmallestKv }, most) is { } kv)
            {
                yield return kv;
            }

            if (Give("chunk", least with { Chunk = 1 }, most) is { } chunk)
            {
                yield return chunk;
            }
        }

        // What fits already may grow to the model's own limits; what does not may shrink.
        if (Give("batch", least with { Batch = 1 }, most with { Batch = _plan.Fits ? LargestBatchTried : most.Batch }) is { } batch && batch.Settings.Batch != _settings.Batch)
        {
            yield return batch;
        }

        if (Give("context", least with { Context = 1 }, most with { Context = _plan.Fits ? _footprint.Config.MaxPositions : most.Context }) is { } context && context.Settings.Context != _settings.Context)
        {
            yield return context;
        }
    }

    private MemoryAlternative? Give(string setting, MemorySettings least, MemorySettings most) =>
        MemoryPlanner.Best(_footprint, new MemoryRange(most, least), _capBytes) is { } best
            ? new MemoryAlternative(setting, best, _capBytes, Plan(best).ProcessBytes)
            : null;
}

/// <summary>What a smaller value of one setting would save.</summary>
/// <param name="Setting">Which: <c>chunk</c>, <c>kv</c>, <c>batch</c> or <c>context</c>.</param>
/// <param name="Settings">All settings, with that one changed.</param>
/// <param name="ProcessBytes">The process's planned peak with it.</param>
/// <param name="SavedBytes">Bytes less than without it.</param>
/// <param name="Fits">Whether the cap is kept with it.</param>
public sealed record MemoryStep(string Setting, MemorySettings Settings, long ProcessBytes, long SavedBytes, bool Fits);

/// <summary>Settings that fit a cap.</summary>
/// <param name="Setting">What differs from the settings asked for: <c>memory</c>, <c>kv</c>, <c>chunk</c>, <c>batch</c> or <c>context</c>.</param>
/// <param name="Settings">All settings.</param>
/// <param name="CapBytes">The cap that they fit.</param>
/// <param name="ProcessBytes">The process's planned peak with them.</param>
public sealed record MemoryAlternative(string Setting, MemorySettings Settings, long CapBytes, long ProcessBytes);
