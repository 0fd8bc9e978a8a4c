namespace AwqIlgpu.Kernels;

/// <summary>Where the keys and values of <see cref="BlockSize"/> tokens of one layer lie within one KV block.</summary>
/// <remarks>
/// Keys come first, [kvHeads, headDimK, BlockSize]: neighbouring elements belong to neighbouring tokens, so a vector of scores needs no horizontal sum.
/// Values follow, [kvHeads, BlockSize, headDimV].
/// </remarks>
/// <param name="KvHeads">Key and value heads.</param>
/// <param name="HeadDimK">Elements of a key head.</param>
/// <param name="HeadDimV">Elements of a value head.</param>
/// <param name="Type">What an element is stored as.</param>
internal readonly record struct KvBlockLayout(int KvHeads, int HeadDimK, int HeadDimV, KvType Type)
{
    /// <summary>Tokens in a block. Attention's tiles are the blocks, so results depend on this number and on nothing else of the batch.</summary>
    public const int BlockSize = 32;

    /// <summary>Bytes of one block of one layer.</summary>
    public long ByteCount => (long)KvHeads * BlockSize * (HeadDimK + HeadDimV) * ElementBytes;

    private int ElementBytes => Type == KvType.Fp32 ? 4 : 2;

    /// <summary>Bytes from the block's start to the keys of a head.</summary>
    public nint KeyOffset(int kvHead) => (nint)kvHead * HeadDimK * BlockSize * ElementBytes;

    /// <summary>Bytes from the block's start to the values of a head.</summary>
    public nint ValueOffset(int kvHead) => (((nint)KvHeads * HeadDimK) + ((nint)kvHead * HeadDimV)) * BlockSize * ElementBytes;
}
