using System.Buffers.Binary;

namespace AwqIlgpu.Checkpoints.Layouts;

/// <summary>compressed-tensors' pack-quantized layout: weight_packed [out, in/8] int32 in plain order, weight_scale [out, groups], weight_zero_point [out/8, groups] packed along out.</summary>
/// <remarks>
/// <para>A nibble is the signed value plus 8, so nibbles and zero points are AWQ's 0..15. Words are rounded up; the padding is ignored.</para>
/// <para>Early versions store zero points as int8 [out, groups], without the 8; symmetric layers have none.</para>
/// <para>Source: compressed-tensors 0.19.0, <c>PackedQuantizationCompressor</c>.</para>
/// </remarks>
internal static class CompressedTensorsLayout
{
    private const byte Offset = 8;

    /// <summary>Bytes of a packed row.</summary>
    public static int RowBytes(int inFeatures) => Words(inFeatures) * sizeof(uint);

    public static long[] WeightShape(int outFeatures, int inFeatures) => [outFeatures, Words(inFeatures)];

    /// <summary>Checks all tensors of the layer.</summary>
    /// <returns>The type of the scales.</returns>
    public static TensorType Check(Checkpoint checkpoint, string prefix, int outFeatures, int inFeatures, int groupSize, bool symmetric)
    {
        if (checkpoint.HasTensor(prefix + ".weight_g_idx"))
        {
            throw new NotSupportedException($"{prefix}.weight_g_idx: groups of reordered input features (actorder) are not supported.");
        }

        LinearLayouts.Words(checkpoint, prefix + ".weight_packed", WeightShape(outFeatures, inFeatures), $"{outFeatures} out features, {inFeatures} in features, 8 per int32");
        CheckShape(checkpoint, prefix, outFeatures, inFeatures);
        int groups = inFeatures / groupSize;
        string reason = $"{outFeatures} out features, {inFeatures} in features in groups of {groupSize}";
        string zeros = prefix + ".weight_zero_point";
        if (!symmetric && !checkpoint.HasTensor(zeros))
        {
            checkpoint.ThrowMissing(zeros);
        }

        if (checkpoint.HasTensor(zeros))
        {
            if (checkpoint.Tensor(zeros).Type == TensorType.Int8)
            {
                checkpoint.Tensor(zeros, [outFeatures, groups], reason);
            }
            else
            {
                LinearLayouts.Words(checkpoint, zeros, [Words(outFeatures), groups], reason + ", 8 per int32");
            }
        }

        return checkpoint.FloatTensor(prefix + ".weight_scale", [outFeatures, groups], reason).Type;
    }

    public static void ReadGroups(Checkpoint checkpoint, LinearInfo info, Span<float> scales, Span<byte> zeroPoints)
    {
        var scale = checkpoint.Tensor(info.Prefix + ".weight_scale");
        checkpoint.ReadFiniteFloats(scale, 0, scales);
        if (!checkpoint.Tensors.TryGetValue(info.Prefix + ".weight_zero_point", out var zeros))
        {
            zeroPoints.Fill(Offset);
        }
        else if (zeros.Type == TensorType.Int8)
        {
            ReadInt8(checkpoint, zeros, zeroPoints);
        }
        else
        {
            ReadPacked(checkpoint, info, zeros, zeroPoints);
        }
    }

    /// <summary>Reads whole rows.</summary>
    public static void ReadTile(Checkpoint checkpoint, LinearInfo info, int row, int rows, Span<byte> packed, Span<byte> values)
    {
        int rowBytes = RowBytes(info.InFeatures);
        packed = packed[..(rows * rowBytes)];
        checkpoint.Read(checkpoint.Tensor(info.Prefix + ".weight_packed"), (long)row * rowBytes, packed);
        for (int n = 0; n < rows; n++)
        {
            Int4Words.UnpackInOrder(packed.Slice(n * rowBytes, rowBytes), values.Slice(n * info.InFeatures, info.InFeatures));
        }
    }

    private static void ReadInt8(Checkpoint checkpoint, TensorInfo zeros, Span<byte> zeroPoints)
    {
        checkpoint.Read(zeros, 0, zeroPoints);
        for (int i = 0; i < zeroPoints.Length; i++)
        {
            int zero = (sbyte)zeroPoints[i] + Offset;
            zeroPoints[i] = zero is >= 0 and <= 15 ? (byte)zero : throw new InvalidDataException($"{zeros.ElementText(i)} is {(sbyte)zeroPoints[i]}; expected a zero point of -8 to 7.");
        }
    }

    private static void ReadPacked(Checkpoint checkpoint, LinearInfo info, TensorInfo zeros, Span<byte> zeroPoints)
    {
        var reader = new WordReader(checkpoint, zeros, stackalloc uint[FloatReader.BufferLength]);
        for (int n = 0; n < info.OutFeatures; n += Int4Words.PerWord)
        {
            int count = Math.Min(Int4Words.PerWord, info.OutFeatures - n);
            for (int group = 0; group < info.Groups; group++)
            {
                uint word = reader.Next();
                for (int i = 0; i < count; i++)
                {
                    zeroPoints[((n + i) * info.Groups) + group] = Int4Words.Nibble(word, i);
                }
            }
        }
    }

    private static void CheckShape(Checkpoint checkpoint, string prefix, int outFeatures, int inFeatures)
    {
        var shape = checkpoint.Tensor(prefix + ".weight_shape", [2], "out features and in features");
        Span<byte> bytes = stackalloc byte[2 * sizeof(long)];
        bytes = bytes[..(int)shape.ByteCount];
        checkpoint.Read(shape, 0, bytes);
        (long rows, long columns) = shape.Type switch
        {
            TensorType.Int64 => (BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes[8..])),
            TensorType.Int32 => (BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes[4..])),
            _ => throw new NotSupportedException($"{shape.Name} has dtype {shape.Type.Dtype()}; expected I64 or I32."),
        };
        if (rows != outFeatures || columns != inFeatures)
        {
            throw new InvalidDataException($"{shape.Name} holds [{rows}, {columns}]; expected [{outFeatures}, {inFeatures}] (out features, in features).");
        }
    }

    private static int Words(int values) => (values + Int4Words.PerWord - 1) / Int4Words.PerWord;
}
