namespace AwqIlgpu.Devices;

/// <summary>The blocks of the layers that keep equally many of a sequence.</summary>
/// <param name="Blocks">Blocks in the cache, of each of those layers.</param>
/// <param name="BlockBytes">Bytes of a block, of all of those layers together.</param>
/// <param name="MostPerSequence">Blocks that a sequence has at most: as many as its longest length takes, or a ring in which a new block takes the place of the oldest.</param>
internal readonly record struct KvBlockClass(int Blocks, long BlockBytes, int MostPerSequence);
