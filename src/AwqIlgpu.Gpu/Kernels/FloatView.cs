using AwqIlgpu.Checkpoints;
using ILGPU;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>A row-major matrix of fp16, bf16 or fp32 in device memory.</summary>
internal readonly struct FloatView
{
    /// <summary>Takes a part of the arena as the matrix.</summary>
    /// <param name="rows">n.</param>
    /// <param name="columns">k.</param>
    /// <param name="type">Element type.</param>
    /// <param name="data">n * k elements from a multiple of 64 bytes on; more where matrices of the same shape follow, see <see cref="Next"/>.</param>
    public FloatView(int rows, int columns, TensorType type, ArrayView<byte> data)
    {
        Rows = rows;
        Columns = columns;
        Type = (int)type;
        Shorts = data.Cast<ushort>();
        Words = data.SubView(0, data.Length / 16 * 16).Cast<Words4>();
    }

    private FloatView(FloatView first, long bytes)
    {
        this = first;
        Shorts = first.Shorts.SubView(bytes / 2);
        Words = first.Words.SubView(bytes / 16);
    }

    /// <summary>All of the memory as 16-bit elements.</summary>
    public ArrayView<ushort> Shorts { get; }

    /// <summary>The memory as words of 16 bytes, without the last where it is not whole.</summary>
    public ArrayView<Words4> Words { get; }

    /// <summary>n.</summary>
    public int Rows { get; }

    /// <summary>k.</summary>
    public int Columns { get; }

    /// <summary>A <see cref="TensorType"/>.</summary>
    public int Type { get; }

    /// <summary>The matrix that stands <paramref name="bytes"/>, a multiple of 64, behind this one.</summary>
    public FloatView Next(long bytes) => new(this, bytes);

    /// <summary>One element.</summary>
    public float Element(long index)
    {
        if (Type == (int)TensorType.Float32)
        {
            return Shorts.Cast<float>()[index];
        }

        uint bits = Shorts[index];
        return Type == (int)TensorType.Float16 ? FloatBits.LowHalf(bits) : FloatBits.LowBFloat16(bits);
    }

    /// <summary>Elements 8 * index to 8 * index + 7.</summary>
    public Float8 Oct(long index)
    {
        if (Type == (int)TensorType.Float32)
        {
            var floats = Words.Cast<Float4>();
            return new Float8 { Low = floats[2 * index], High = floats[(2 * index) + 1] };
        }

        var words = Words[index];
        return Type == (int)TensorType.Float16
            ? new Float8
            {
                Low = new Float4(FloatBits.LowHalf(words.A), FloatBits.HighHalf(words.A), FloatBits.LowHalf(words.B), FloatBits.HighHalf(words.B)),
                High = new Float4(FloatBits.LowHalf(words.C), FloatBits.HighHalf(words.C), FloatBits.LowHalf(words.D), FloatBits.HighHalf(words.D)),
            }
            : new Float8
            {
                Low = new Float4(FloatBits.LowBFloat16(words.A), FloatBits.HighBFloat16(words.A), FloatBits.LowBFloat16(words.B), FloatBits.HighBFloat16(words.B)),
                High = new Float4(FloatBits.LowBFloat16(words.C), FloatBits.HighBFloat16(words.C), FloatBits.LowBFloat16(words.D), FloatBits.HighBFloat16(words.D)),
            };
    }
}
