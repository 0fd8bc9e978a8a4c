using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;
using ILGPU;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>A packed int4 matrix in device memory, in the layout of <see cref="Int4Shape"/>.</summary>
/// <remarks>
/// In that layout 16 bytes are eight columns of four rows: a lane's load. Four neighbouring lanes hold the 16 rows of a panel, and the next
/// four the next eight columns, so a warp's load is 512 neighbouring bytes, and an activation serves four rows.
/// </remarks>
internal readonly struct Int4View
{
    /// <summary>Takes a part of the arena as the matrix.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="data"><see cref="Int4Shape.ByteCount"/> bytes from a multiple of 64 on; more where matrices of the same shape follow, see <see cref="Next"/>.</param>
    public Int4View(Int4Shape shape, ArrayView<byte> data)
    {
        long following = data.Length - shape.ByteCount;
        Weights = data.SubView(0, shape.ScaleOffset + following).Cast<Words4>();
        Scales = data.SubView(shape.ScaleOffset, shape.ZeroPointOffset - shape.ScaleOffset + following).Cast<Words4>();
        ZeroPoints = data.SubView(shape.ZeroPointOffset, shape.ByteCount - shape.ZeroPointOffset + following).Cast<ushort>();
        Rows = shape.OutFeatures;
        Columns = shape.InFeatures;
        BlockSize = shape.BlockSize;
        Panels = shape.Panels;
        Blocks = shape.Blocks;
        ScaleType = (int)shape.ScaleType;
    }

    private Int4View(Int4View first, long bytes)
    {
        this = first;
        Weights = first.Weights.SubView(bytes / 16);
        Scales = first.Scales.SubView(bytes / 16);
        ZeroPoints = first.ZeroPoints.SubView(bytes / 2);
    }

    /// <summary>[panel][column / 8][4]: eight columns of four rows.</summary>
    public ArrayView<Words4> Weights { get; }

    /// <summary>[panel][block][16] scales.</summary>
    public ArrayView<Words4> Scales { get; }

    /// <summary>[panel][block][4]: zero points of four rows.</summary>
    public ArrayView<ushort> ZeroPoints { get; }

    /// <summary>n.</summary>
    public int Rows { get; }

    /// <summary>k.</summary>
    public int Columns { get; }

    /// <summary>Columns that share a scale; a multiple of 8.</summary>
    public int BlockSize { get; }

    /// <summary>A <see cref="TensorType"/>.</summary>
    public int ScaleType { get; }

    /// <summary>Panels of 16 rows.</summary>
    public int Panels { get; }

    /// <summary>Blocks per row.</summary>
    public int Blocks { get; }

    /// <summary>The matrix that stands <paramref name="bytes"/>, a multiple of 64, behind this one.</summary>
    public Int4View Next(long bytes) => new(this, bytes);

    /// <summary>Scales of the four rows of a quad, of which a panel has four.</summary>
    public Float4 QuadScales(int panel, int block, int quad)
    {
        int index = (((panel * Blocks) + block) * 4) + quad;
        if (ScaleType == (int)TensorType.Float32)
        {
            return Scales.Cast<Float4>()[index];
        }

        var words = Scales.Cast<Words2>()[index];
        return ScaleType == (int)TensorType.Float16
            ? new Float4(FloatBits.LowHalf(words.A), FloatBits.HighHalf(words.A), FloatBits.LowHalf(words.B), FloatBits.HighHalf(words.B))
            : new Float4(FloatBits.LowBFloat16(words.A), FloatBits.HighBFloat16(words.A), FloatBits.LowBFloat16(words.B), FloatBits.HighBFloat16(words.B));
    }

    /// <summary>Scale of one row.</summary>
    public float Scale(int panel, int block, int row)
    {
        int index = (((panel * Blocks) + block) * Int4Shape.PanelRows) + row;
        if (ScaleType == (int)TensorType.Float32)
        {
            return Scales.Cast<float>()[index];
        }

        uint bits = Scales.Cast<ushort>()[index];
        return ScaleType == (int)TensorType.Float16 ? FloatBits.LowHalf(bits) : FloatBits.LowBFloat16(bits);
    }
}
