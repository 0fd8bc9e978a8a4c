namespace AwqIlgpu.Kernels;

/// <summary>Where the keys and values of <see cref="BlockSize"/> tokens of one layer lie within one KV block.</summary>
/// <remarks>
/// <para>
/// Keys come first, [kvHeads, headDimK, BlockSize]: neighbouring elements belong to neighbouring tokens, so a vector of scores needs no horizontal sum.
/// Values follow, [kvHeads, BlockSize, headDimV].
/// </para>
/// <para>
/// Integers stand for <c>q * scale + zero</c>. In int8, every token has an fp16 scale and zero point for a head, behind the head's integers: for keys
/// [2, BlockSize], for values [BlockSize, 2]. In int4 it has them for every <see cref="Int4Group"/> elements, as bytes, and for the head what those bytes count:
/// <see cref="Int4Kv"/>.
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
    public const int Int4Group = 8;

    // fp16 scale and zero point of int8.
    private const int Int8ScaleBytes = 4;

    /// <summary>Bytes of one block of one layer.</summary>
    public long ByteCount => KvHeads * ((long)KeyHeadBytes + ValueHeadBytes);

    /// <summary>Whether elements are integers with scales.</summary>
    public bool IsQuantized => Type is KvType.Int8 or KvType.Int4;

    /// <summary>Elements of a key as queries meet it.</summary>
    public int QueryDim => HeadDimK + (KeysEndInValues ? HeadDimV : 0);

    /// <summary>Bytes of a key head's elements, without scales.</summary>
    public int KeyElementBytes => BlockSize * TokenBytes(HeadDimK);

    /// <summary>Bytes of the elements of one token in a value head, without scales.</summary>
    public int ValueTokenBytes => TokenBytes(HeadDimV);

    private int KeyHeadBytes => KeyElementBytes + (BlockSize * ScaleBytes(HeadDimK));

    private int ValueHeadBytes => BlockSize * (ValueTokenBytes + ScaleBytes(HeadDimV));

    /// <summary>Bytes from the block's start to the keys of a head.</summary>
    public nint KeyOffset(int kvHead) => (nint)kvHead * KeyHeadBytes;

    /// <summary>Bytes from the block's start to the values of a head.</summary>
    public nint ValueOffset(int kvHead) => ((nint)KvHeads * KeyHeadBytes) + ((nint)kvHead * ValueHeadBytes);

    /// <summary>Int4 groups of a head.</summary>
    public static int Int4Groups(int headDim) => (headDim + Int4Group - 1) / Int4Group;

    private int ScaleBytes(int headDim) => Type switch
    {
        KvType.Int8 => Int8ScaleBytes,
        KvType.Int4 => (2 * Int4Groups(headDim)) + (Int4Kv.HeadHalves * 2),
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
