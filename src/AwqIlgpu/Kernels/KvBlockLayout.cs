namespace AwqIlgpu.Kernels;

/// <summary>Where the keys and values of <see cref="BlockSize"/> tokens of one layer lie within one KV block.</summary>
/// <remarks>
/// <para>
/// Keys come first, [kvHeads, headDimK, BlockSize]: neighbouring elements belong to neighbouring tokens, so a vector of scores needs no horizontal sum.
/// Values follow, [kvHeads, BlockSize, headDimV].
/// </para>
/// <para>
/// Integers stand for <c>q * scale + zero</c>, with a scale and a zero point, both fp16, for every token and group of a head's elements: the whole head
/// for int8, <see cref="Int4Group"/> elements for int4. They follow the integers of their head: for keys [groups, 2, BlockSize], for values [BlockSize, groups, 2].
/// Int4 keys put elements d and d + 1, d even, in the low and the high half of a byte, [headDimK / 2, BlockSize]; int4 values put the first half of a
/// group in the low halves of its bytes and the second half in the high ones.
/// </para>
/// <para>
/// Where a key ends in its own value, as in latent attention, the blocks hold only what comes before it as the key, and every number once.
/// </para>
/// </remarks>
/// <param name="KvHeads">Key and value heads.</param>
/// <param name="HeadDimK">Elements of a key head, as stored.</param>
/// <param name="HeadDimV">Elements of a value head.</param>
/// <param name="Type">What an element is stored as.</param>
/// <param name="KeysEndInValues">Whether a key as queries meet it is [stored key | value].</param>
internal readonly record struct KvBlockLayout(int KvHeads, int HeadDimK, int HeadDimV, KvType Type, bool KeysEndInValues = false)
{
    /// <summary>Tokens in a block. Attention's tiles are the blocks, so results depend on this number and on nothing else of the batch.</summary>
    public const int BlockSize = 32;

    /// <summary>Elements of a head that share a scale and a zero point in int4.</summary>
    public const int Int4Group = 16;

    // fp16 scale and zero point.
    private const int GroupBytes = 4;

    /// <summary>Bytes of one block of one layer.</summary>
    public long ByteCount => KvHeads * ((long)KeyHeadBytes + ValueHeadBytes);

    /// <summary>Whether elements are integers with scales.</summary>
    public bool IsQuantized => Type is KvType.Int8 or KvType.Int4;

    /// <summary>Elements of a key as queries meet it.</summary>
    public int QueryDim => HeadDimK + (KeysEndInValues ? HeadDimV : 0);

    /// <summary>Groups of a key head.</summary>
    public int KeyGroups => Groups(HeadDimK);

    /// <summary>Groups of a value head.</summary>
    public int ValueGroups => Groups(HeadDimV);

    /// <summary>Bytes of a key head's elements, without scales.</summary>
    public int KeyElementBytes => BlockSize * TokenBytes(HeadDimK);

    /// <summary>Bytes of the elements of one token in a value head, without scales.</summary>
    public int ValueTokenBytes => TokenBytes(HeadDimV);

    private int KeyHeadBytes => KeyElementBytes + (BlockSize * KeyGroups * GroupBytes);

    private int ValueHeadBytes => BlockSize * (ValueTokenBytes + (ValueGroups * GroupBytes));

    /// <summary>Bytes from the block's start to the keys of a head.</summary>
    public nint KeyOffset(int kvHead) => (nint)kvHead * KeyHeadBytes;

    /// <summary>Bytes from the block's start to the values of a head.</summary>
    public nint ValueOffset(int kvHead) => ((nint)KvHeads * KeyHeadBytes) + ((nint)kvHead * ValueHeadBytes);

    private int Groups(int headDim) => Type switch
    {
        KvType.Int8 => 1,
        KvType.Int4 => (headDim + Int4Group - 1) / Int4Group,
        _ => 0,
    };

    private int TokenBytes(int headDim) => Type switch
    {
        KvType.Fp32 => headDim * 4,
        KvType.Fp16 => headDim * 2,
        KvType.Int8 => headDim,
        _ => (headDim + 1) / 2,
    };
}
