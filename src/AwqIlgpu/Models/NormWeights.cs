namespace AwqIlgpu.Models;

/// <summary>The weights of one norm.</summary>
/// <param name="Config">The norm.</param>
/// <param name="Offset">First byte of the weight in the arena, [width] floats.</param>
/// <param name="BiasOffset">First byte of the bias in the arena, [width] floats; -1 for none.</param>
internal sealed record NormWeights(NormConfig Config, long Offset, long BiasOffset);
