using AwqIlgpu.Kernels;
using ILGPU;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>The KV blocks of one layer in device memory, in the layout of <see cref="KvBlockLayout"/>.</summary>
/// <remarks>Places are counted in elements of the cache's type. In an int8 cache, the scales and zero points behind a head's elements count as bytes.</remarks>
internal readonly struct KvView
{
    // Scale and zero point in fp16 of a block's tokens.
    private const int ScaleBytes = KvBlockLayout.BlockSize * 4;

    private readonly int _type;

    /// <summary>Takes a part of the arena as the pool.</summary>
    public KvView(KvBlockLayout layout, ArrayView<byte> data)
    {
        Words = data.Cast<Words4>();
        KvHeads = layout.KvHeads;
        HeadDimK = layout.HeadDimK;
        HeadDimV = layout.HeadDimV;
        QueryDim = layout.QueryDim;
        _type = (int)layout.Type;
    }

    /// <summary>All blocks.</summary>
    public ArrayView<Words4> Words { get; }

    /// <summary>Key and value heads.</summary>
    public int KvHeads { get; }

    /// <summary>Elements of a key head, as stored; a multiple of 4.</summary>
    public int HeadDimK { get; }

    /// <summary>Elements of a value head; a multiple of 4.</summary>
    public int HeadDimV { get; }

    /// <summary>Elements of a key as queries meet it; those beyond <see cref="HeadDimK"/> are the value.</summary>
    public int QueryDim { get; }

    /// <summary>Whether elements are bytes with scales, and keys are turned by <see cref="Hadamard"/>.</summary>
    public bool IsRounded => _type == (int)KvType.Int8;

    /// <summary>Four neighbouring elements of a float or fp16 cache.</summary>
    /// <param name="index">Element / 4.</param>
    public Float4 Quad(long index)
    {
        if (_type == (int)KvType.Fp32)
        {
            return Words.Cast<Float4>()[index];
        }

        var words = Words.Cast<Words2>()[index];
        return new Float4(FloatBits.LowHalf(words.A), FloatBits.HighHalf(words.A), FloatBits.LowHalf(words.B), FloatBits.HighHalf(words.B));
    }

    /// <summary>One dimension of four neighbouring tokens' keys.</summary>
    /// <param name="index">Element / 4.</param>
    /// <param name="scales">The tokens' <see cref="KeyScales"/>.</param>
    public Float4 KeyQuad(long index, KeyScales scales)
    {
        if (!IsRounded)
        {
            return Quad(index);
        }

        uint bytes = Words.Cast<uint>()[index];
        return new Float4(
            (Byte(bytes, 0) * scales.Scale.A) + scales.Zero.A,
            (Byte(bytes, 8) * scales.Scale.B) + scales.Zero.B,
            (Byte(bytes, 16) * scales.Scale.C) + scales.Zero.C,
            (Byte(bytes, 24) * scales.Scale.D) + scales.Zero.D);
    }

    /// <summary>Four neighbouring dimensions of a token's value.</summary>
    /// <param name="index">Element / 4.</param>
    /// <param name="scale">The token's word of <see cref="ValueScales"/>.</param>
    public Float4 ValueQuad(long index, uint scale)
    {
        if (!IsRounded)
        {
            return Quad(index);
        }

        uint bytes = Words.Cast<uint>()[index];
        float step = FloatBits.LowHalf(scale);
        float zero = FloatBits.HighHalf(scale);
        return new Float4((Byte(bytes, 0) * step) + zero, (Byte(bytes, 8) * step) + zero, (Byte(bytes, 16) * step) + zero, (Byte(bytes, 24) * step) + zero);
    }

    /// <summary>Scales and zero points of four neighbouring tokens' keys; nothing where there are none.</summary>
    /// <param name="keys">What <see cref="Keys"/> gives.</param>
    /// <param name="quad">Token in the block / 4.</param>
    public KeyScales KeyScales(long keys, int quad)
    {
        if (!IsRounded)
        {
            return default;
        }

        var pairs = Words.Cast<Words2>();
        long first = ((keys + (HeadDimK * KvBlockLayout.BlockSize)) / 8) + quad;
        var scale = pairs[first];
        var zero = pairs[first + (KvBlockLayout.BlockSize / 4)];
        return new KeyScales
        {
            Scale = new Float4(FloatBits.LowHalf(scale.A), FloatBits.HighHalf(scale.A), FloatBits.LowHalf(scale.B), FloatBits.HighHalf(scale.B)),
            Zero = new Float4(FloatBits.LowHalf(zero.A), FloatBits.HighHalf(zero.A), FloatBits.LowHalf(zero.B), FloatBits.HighHalf(zero.B)),
        };
    }

    /// <summary>A word of scale and zero point for each of four neighbouring tokens' values; nothing where there are none.</summary>
    /// <param name="values">What <see cref="Values"/> gives.</param>
    /// <param name="quad">Token in the block / 4.</param>
    public Words4 ValueScales(long values, int quad) =>
        IsRounded ? Words[((values + (HeadDimV * KvBlockLayout.BlockSize)) / 16) + quad] : default;

    /// <summary>Stores one element of a float or fp16 cache.</summary>
    public void Store(long index, float value)
    {
        if (_type == (int)KvType.Fp32)
        {
            Words.Cast<float>()[index] = value;
        }
        else
        {
            Words.Cast<ushort>()[index] = FloatBits.ToHalf(value);
        }
    }

    /// <summary>Element of a head's keys, [headDimK, BlockSize].</summary>
    public long Keys(int block, int kvHead) => ((long)block * BlockElements) + ((long)kvHead * KeyHeadElements);

    /// <summary>Element of a head's values, [BlockSize, headDimV].</summary>
    public long Values(int block, int kvHead) => ((long)block * BlockElements) + ((long)KvHeads * KeyHeadElements) + ((long)kvHead * ValueHeadElements);

    private int KeyHeadElements => (HeadDimK * KvBlockLayout.BlockSize) + (IsRounded ? ScaleBytes : 0);

    private int ValueHeadElements => (HeadDimV * KvBlockLayout.BlockSize) + (IsRounded ? ScaleBytes : 0);

    private int BlockElements => KvHeads * (KeyHeadElements + ValueHeadElements);

    // Through the mantissa of 2^23, which costs less than a conversion.
    private static float Byte(uint word, int shift) => Interop.IntAsFloat(((word >> shift) & 0xFF) | 0x4B000000) - 8388608;
}

/// <summary>What four tokens' bytes of a key are multiplied by and added to.</summary>
internal struct KeyScales
{
    public Float4 Scale;
    public Float4 Zero;
}
