namespace AwqIlgpu;

/// <summary>How fast the CPU multiplies int4 weights of a 4096 x 4096 layer with one set of instructions, on all cores.</summary>
/// <param name="Path">The instructions, as in <see cref="DeviceInfo.Path"/>.</param>
/// <param name="IsTaken">Whether models run with them here.</param>
/// <param name="ProductsPerSecond">Multiplications per second for 1, 8 and 64 tokens.</param>
public sealed record PathSpeed(string Path, bool IsTaken, IReadOnlyList<double> ProductsPerSecond);
