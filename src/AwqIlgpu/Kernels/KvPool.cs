namespace AwqIlgpu.Kernels;

/// <summary>The KV blocks of one layer; block b starts at <c>Start + b * BlockStride</c>.</summary>
/// <param name="start">First byte of block 0.</param>
/// <param name="blockStride">Bytes from one block to the next, at least <see cref="KvBlockLayout.ByteCount"/>; more where a block holds several layers.</param>
/// <param name="layout">Layout within a block.</param>
internal readonly unsafe struct KvPool(byte* start, nint blockStride, KvBlockLayout layout)
{
    /// <summary>Layout within a block.</summary>
    public KvBlockLayout Layout { get; } = layout;

    /// <summary>Keys of a head, [headDimK, BlockSize].</summary>
    public byte* Keys(int block, int kvHead) => start + (block * blockStride) + Layout.KeyOffset(kvHead);

    /// <summary>Values of a head, [BlockSize, headDimV].</summary>
    public byte* Values(int block, int kvHead) => start + (block * blockStride) + Layout.ValueOffset(kvHead);
}
