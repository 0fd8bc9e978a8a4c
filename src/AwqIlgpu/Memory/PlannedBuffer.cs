namespace AwqIlgpu;

/// <summary>When a planned buffer is alive; buffers of different lifetimes may lie over each other.</summary>
public enum BufferLifetime
{
    /// <summary>From load to dispose.</summary>
    Always,

    /// <summary>While weights are read.</summary>
    Load,

    /// <summary>While tokens are processed.</summary>
    Run,
}

/// <summary>One buffer of a <see cref="MemoryPlan"/>.</summary>
/// <param name="Name">What it holds, for example <c>kv</c>.</param>
/// <param name="Bytes">Its size in bytes.</param>
/// <param name="Formula">How the size follows from the model and the settings.</param>
/// <param name="Lifetime">When it is alive.</param>
/// <param name="Offset">First byte in the arena; -1 for what lies outside of it.</param>
public sealed record PlannedBuffer(string Name, long Bytes, string Formula, BufferLifetime Lifetime, long Offset);
