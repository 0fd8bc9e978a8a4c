namespace AwqIlgpu.Kernels;

/// <summary>How tokens are cut into register tiles: as few as take all, the first <see cref="Large"/> of <see cref="Size"/> tokens, the others of one less.</summary>
/// <param name="tokens">At least 1.</param>
/// <param name="most">Most tokens of a tile.</param>
internal readonly struct TokenTiles(int tokens, int most)
{
    public int Count { get; } = (tokens + most - 1) / most;

    public int Size => (tokens + Count - 1) / Count;

    public int Large => tokens - (Count * (Size - 1));
}
