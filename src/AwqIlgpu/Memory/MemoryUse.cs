namespace AwqIlgpu;

/// <summary>What a model uses of one class of its memory.</summary>
/// <param name="Name">Name of the <see cref="PlannedBuffer"/>, for example <c>kv cache</c>.</param>
/// <param name="PlannedBytes">Bytes that the plan has for it.</param>
/// <param name="LiveBytes">Bytes in use at the moment; of the KV cache, the blocks that requests hold.</param>
/// <param name="HighWaterBytes">Most bytes that were in use at one time.</param>
public sealed record MemoryUse(string Name, long PlannedBytes, long LiveBytes, long HighWaterBytes);
