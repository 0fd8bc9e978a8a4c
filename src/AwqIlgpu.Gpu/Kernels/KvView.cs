using AwqIlgpu.Kernels;
using ILGPU;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>The KV blocks of one layer in device memory, in the layout of <see cref="KvBlockLayout"/>.</summary>
internal readonly struct KvView
{
    /// <summary>Takes a part of the arena as the pool.</summary>
    public KvView(KvBlockLayout layout, ArrayView<byte> data)
    {
        Words = data.Cast<Words4>();
        KvHeads = layout.KvHeads;
        HeadDimK = layout.HeadDimK;
        HeadDimV = layout.HeadDimV;
        QueryDim = layout.QueryDim;
        IsHalf = layout.Type == KvType.Fp16 ? 1 : 0;
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

    private int IsHalf { get; }

    /// <summary>Four neighbouring elements.</summary>
    /// <param name="index">Element / 4.</param>
    public Float4 Quad(long index)
    {
        if (IsHalf == 0)
        {
            return Words.Cast<Float4>()[index];
        }

        var words = Words.Cast<Words2>()[index];
        return new Float4(FloatBits.LowHalf(words.A), FloatBits.HighHalf(words.A), FloatBits.LowHalf(words.B), FloatBits.HighHalf(words.B));
    }

    /// <summary>Stores one element.</summary>
    public void Store(long index, float value)
    {
        if (IsHalf == 0)
        {
            Words.Cast<float>()[index] = value;
        }
        else
        {
            Words.Cast<ushort>()[index] = FloatBits.ToHalf(value);
        }
    }

    /// <summary>Element of a head's keys, [headDimK, BlockSize].</summary>
    public long Keys(int block, int kvHead) => ((long)block * BlockElements) + ((long)kvHead * HeadDimK * KvBlockLayout.BlockSize);

    /// <summary>Element of a head's values, [BlockSize, headDimV].</summary>
    public long Values(int block, int kvHead) =>
        ((long)block * BlockElements) + (((long)KvHeads * HeadDimK) + ((long)kvHead * HeadDimV)) * KvBlockLayout.BlockSize;

    private int BlockElements => KvHeads * KvBlockLayout.BlockSize * (HeadDimK + HeadDimV);
}
