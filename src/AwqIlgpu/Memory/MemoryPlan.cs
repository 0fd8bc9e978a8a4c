namespace AwqIlgpu;

/// <summary>Every buffer of a run, known before a weight is read; the run allocates these and no others.</summary>
public sealed class MemoryPlan
{
    internal MemoryPlan(IReadOnlyList<PlannedBuffer> buffers, MemorySettings settings, long capBytes)
    {
        Buffers = buffers;
        Settings = settings;
        CapBytes = capBytes;
        ArenaBytes = buffers.Where(b => b.Offset >= 0).Max(b => b.Offset + b.Bytes);
        ProcessBytes = ArenaBytes + buffers.Where(b => b.Offset < 0).Sum(b => b.Bytes);
    }

    /// <summary>The buffers.</summary>
    public IReadOnlyList<PlannedBuffer> Buffers { get; }

    /// <summary>The settings that the plan is for.</summary>
    public MemorySettings Settings { get; }

    /// <summary>The cap that the whole process keeps to, in bytes.</summary>
    public long CapBytes { get; }

    /// <summary>Size of the arena in bytes: the most that all buffers inside it take at any time.</summary>
    public long ArenaBytes { get; }

    /// <summary>Peak of the whole process in bytes: the arena and the allowances beside it.</summary>
    public long ProcessBytes { get; }

    /// <summary>Whether the peak is within the cap.</summary>
    public bool Fits => ProcessBytes <= CapBytes;
}

/// <summary>The settings that decide how much memory a run needs beside its weights.</summary>
/// <param name="Chunk">Most prompt tokens in one forward pass.</param>
/// <param name="Kv">Type of the KV cache.</param>
/// <param name="Batch">Most sequences at a time.</param>
/// <param name="Context">Most tokens of one sequence, prompt and generated together.</param>
public readonly record struct MemorySettings(int Chunk, KvType Kv, int Batch, int Context);
