namespace AwqIlgpu.Checkpoints.Layouts;

/// <summary>AutoAWQ's GEMV layout: qweight [out, in/8] and qzeros [out, width] int32 in plain order, scales [out, 8 * width], padded with zeros after the last group.</summary>
/// <remarks>Source: AutoAWQ 0.2.9, <c>WQLinear_GEMV</c>.</remarks>
internal static class GemvLayout
{
    public static long[] WeightShape(int outFeatures, int inFeatures) => [outFeatures, inFeatures / Int4Words.PerWord];

    /// <summary>Words of zero points per row: groups / 8, rounded up to what the CUDA kernel reads at once.</summary>
    /// <exception cref="NotSupportedException">AutoAWQ has no such layout for the group size.</exception>
    public static int ZerosWidth(string prefix, int inFeatures, int groupSize)
    {
        int multiple = groupSize switch
        {
            >= 128 => 1,
            64 => 2,
            32 => 4,
            _ => throw new NotSupportedException($"{prefix} is in a GEMV layout with group size {groupSize}; that layout exists for 32, 64 and 128 or more."),
        };
        int words = ((inFeatures / groupSize) + Int4Words.PerWord - 1) / Int4Words.PerWord;
        return (words + multiple - 1) / multiple * multiple;
    }

    /// <summary>Checks scales and zero points; the shape of qweight has told the layout.</summary>
    /// <returns>The type of the scales.</returns>
    public static TensorType Check(Checkpoint checkpoint, string prefix, int outFeatures, int inFeatures, int groupSize)
    {
        int width = ZerosWidth(prefix, inFeatures, groupSize);
        string reason = $"{outFeatures} out features, {inFeatures} in features in groups of {groupSize}, padded to {width} int32";
        LinearLayouts.Words(checkpoint, prefix + ".qzeros", [outFeatures, width], reason);
        return checkpoint.FloatTensor(prefix + ".scales", [outFeatures, width * Int4Words.PerWord], reason).Type;
    }

    public static void ReadGroups(Checkpoint checkpoint, LinearInfo info, Span<float> scales, Span<byte> zeroPoints)
    {
        var scaleReader = new FloatReader(checkpoint, checkpoint.Tensor(info.Prefix + ".scales"), stackalloc float[FloatReader.BufferLength]);
        var zeroReader = new WordReader(checkpoint, checkpoint.Tensor(info.Prefix + ".qzeros"), stackalloc uint[FloatReader.BufferLength]);
        int padded = ZerosWidth(info.Prefix, info.InFeatures, info.GroupSize) * Int4Words.PerWord;
        for (int n = 0; n < info.OutFeatures; n++)
        {
            var rowScales = scales.Slice(n * info.Groups, info.Groups);
            var rowZeros = zeroPoints.Slice(n * info.Groups, info.Groups);
            uint word = 0;
            for (int group = 0; group < padded; group++)
            {
                float scale = scaleReader.Next();
                word = group % Int4Words.PerWord == 0 ? zeroReader.Next() : word;
                if (group < info.Groups)
                {
                    rowScales[group] = scale;
                    rowZeros[group] = Int4Words.Nibble(word, group % Int4Words.PerWord);
                }
            }
        }
    }

    /// <summary>Reads whole rows.</summary>
    public static void ReadTile(Checkpoint checkpoint, LinearInfo info, int row, int rows, Span<byte> packed, Span<byte> values)
    {
        packed = packed[..(values.Length / 2)];
        checkpoint.Read(checkpoint.Tensor(info.Prefix + ".qweight"), (long)row * info.InFeatures / 2, packed);
        Int4Words.UnpackInOrder(packed, values);
    }
}
