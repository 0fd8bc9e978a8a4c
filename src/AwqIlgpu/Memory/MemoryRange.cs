using AwqIlgpu.Devices;
using AwqIlgpu.Models;

namespace AwqIlgpu.Memory;

/// <summary>What a run asks of each setting: the most it can use and the least it can live with. Both are the same where the caller pinned it.</summary>
/// <param name="Most">The largest of every setting, and the most exact KV type.</param>
/// <param name="Least">The smallest of every setting, and the smallest KV type.</param>
internal readonly record struct MemoryRange(MemorySettings Most, MemorySettings Least)
{
    // Larger chunks gain nothing on a CPU: the matrices are read once per chunk either way.
    private const int LargestChunk = 512;

    // Below this the weights are read so often that a smaller KV type costs less; the memory it saves is a few MiB.
    private const int SmallestChunk = 16;

    private const int DefaultContext = 4096;

    // Less holds no conversation; whoever wants it says so.
    private const int SmallestContext = 256;

    // More than anyone runs at a time; block numbers, which are ints, hold it with every context that a model has.
    private const int LargestBatch = 1 << 16;
    private const int LargestContext = 1 << 20;

    /// <summary>KV types that give way to each other, in this order.</summary>
    public static readonly KvType[] KvTypes = [KvType.Fp16, KvType.Int8, KvType.Int4];

    /// <summary>The range that the caller's options leave.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is below 1 or beyond what can be numbered.</exception>
    /// <exception cref="NotSupportedException">The device has no such KV cache.</exception>
    public static MemoryRange Of(LanguageModelOptions options, DecoderConfig config)
    {
        var smallestKv = DeviceProviders.Find(options.Device).Provider.SmallestKv;
        if (options.Kv > smallestKv)
        {
            throw new NotSupportedException($"A KV cache of type {options.Kv.Value.Name()} does not run on {options.Device}; its smallest is {smallestKv.Name()}. Give that, or let the planner choose.");
        }

        var context = Bounds(options.Context, nameof(options.Context), SmallestContext, Math.Min(config.MaxPositions, DefaultContext));
        var chunk = Bounds(options.Chunk, nameof(options.Chunk), SmallestChunk, Math.Min(context.Most, LargestChunk));
        var batch = Bounds(options.Batch, nameof(options.Batch), 1, AtLeastOne(options.LargestBatch, nameof(options.LargestBatch)));
        AtMost(batch.Most, LargestBatch, nameof(options.Batch));
        AtMost(context.Most, Math.Max(LargestContext, config.MaxPositions), nameof(options.Context));
        KvType? pinned = options.Kv ?? (options.Precision == Precision.Exact ? KvType.Fp32 : null);
        return new MemoryRange(
            new MemorySettings(chunk.Most, pinned ?? KvTypes[0], batch.Most, context.Most),
            new MemorySettings(chunk.Least, pinned ?? smallestKv, batch.Least, context.Least));
    }

    private static (int Least, int Most) Bounds(int? pinned, string name, int least, int most) =>
        pinned is { } value ? (AtLeastOne(value, name), value) : (Math.Min(least, most), most);

    private static void AtMost(int value, int most, string name)
    {
        if (value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected at most {most}.");
        }
    }

    private static int AtLeastOne(int value, string name) =>
        value >= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected at least 1.");
}
