using System.Runtime.InteropServices;
using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Kernels;

/// <summary>Float weights [out, in], row-major and in the checkpoint's own type, in memory that the caller owns: an unquantised linear layer, or an embedding table.</summary>
internal readonly unsafe struct FloatMatrix
{
    /// <summary>Takes <paramref name="data"/>, <see cref="ByteCount(int, int, TensorType)"/> bytes, as the matrix.</summary>
    /// <exception cref="NotSupportedException">The type is none of the three float types.</exception>
    public FloatMatrix(int outFeatures, int inFeatures, TensorType type, byte* data)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outFeatures);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inFeatures);
        ArgumentNullException.ThrowIfNull(data);
        if (!type.IsFloat())
        {
            throw new NotSupportedException($"Float weight [{outFeatures}, {inFeatures}] has type {type}; supported are Float16, BFloat16 and Float32.");
        }

        OutFeatures = outFeatures;
        InFeatures = inFeatures;
        Type = type;
        Data = data;
    }

    /// <summary>n, or the vocabulary.</summary>
    public int OutFeatures { get; }

    /// <summary>k, or the hidden size.</summary>
    public int InFeatures { get; }

    /// <summary>Element type; values are finite.</summary>
    public TensorType Type { get; }

    /// <summary>[out, in].</summary>
    public byte* Data { get; }

    /// <summary>Bytes of a row.</summary>
    public long RowBytes => (long)InFeatures * Type.Size();

    /// <summary>Bytes of a matrix of this shape.</summary>
    public static long ByteCount(int outFeatures, int inFeatures, TensorType type) => (long)outFeatures * inFeatures * type.Size();

    /// <summary>Copies one row as floats: an embedding lookup.</summary>
    /// <param name="row">Output feature, or token id.</param>
    /// <param name="destination">Receives [in] floats.</param>
    public void CopyRow(int row, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, InFeatures);
        CopyRow(row, 0, destination);
    }

    /// <summary>Copies some columns of one row as floats.</summary>
    /// <param name="row">Output feature.</param>
    /// <param name="column">First column.</param>
    /// <param name="destination">As many elements as are wanted.</param>
    public void CopyRow(int row, int column, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)OutFeatures);
        ArgumentOutOfRangeException.ThrowIfNegative(column);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(column, InFeatures - destination.Length);
        var bytes = new ReadOnlySpan<byte>(Data + (row * RowBytes) + ((long)column * Type.Size()), checked(destination.Length * Type.Size()));
        switch (Type)
        {
            case TensorType.Float16:
                FloatConversion.HalfToSingle(MemoryMarshal.Cast<byte, ushort>(bytes), destination);
                break;
            case TensorType.BFloat16:
                FloatConversion.BFloat16ToSingle(MemoryMarshal.Cast<byte, ushort>(bytes), destination);
                break;
            default:
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(destination);
                break;
        }
    }
}
