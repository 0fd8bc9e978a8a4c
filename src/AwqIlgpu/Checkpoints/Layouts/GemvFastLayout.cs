using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Checkpoints.Layouts;

/// <summary>AutoAWQ's GEMV-fast layout, which is llm-awq's second: int16 qweight [out/4, in], scales and -scale * zero point [8 * width, out].</summary>
/// <remarks>
/// <para>Row q of qweight holds output rows 4q..4q+3. Each 64 of its int16 words belong to 64 input features: 16 words per output row in turn,
/// 8 words per 32 input features; nibble a of word j is input feature 8a + j.</para>
/// <para>The zero points are called <c>qzeros</c> by AutoAWQ and <c>scaled_zeros</c> by llm-awq.</para>
/// <para>Source: AutoAWQ 0.2.9, <c>WQLinear_GEMVFast</c>, <c>pack_intweight</c>.</para>
/// </remarks>
internal static class GemvFastLayout
{
    private const int RowsPerQuad = 4;
    private const int Block = 64;

    public static long[] WeightShape(int outFeatures, int inFeatures) => [outFeatures / RowsPerQuad, inFeatures];

    /// <summary>Checks all tensors of the layer.</summary>
    /// <returns>The type of the scales.</returns>
    public static TensorType Check(Checkpoint checkpoint, string prefix, int outFeatures, int inFeatures, int groupSize)
    {
        if (outFeatures % RowsPerQuad != 0 || inFeatures % Block != 0)
        {
            throw new InvalidDataException($"{prefix} is in the GEMV-fast layout with {outFeatures} out features and {inFeatures} in features; expected multiples of {RowsPerQuad} and {Block}.");
        }

        checkpoint.Tensor(prefix + ".qweight", WeightShape(outFeatures, inFeatures), $"{outFeatures} out features in fours, {inFeatures} in features");
        int padded = GemvLayout.ZerosWidth(prefix, inFeatures, groupSize) * Int4Words.PerWord;
        string reason = $"{inFeatures} in features in groups of {groupSize}, padded to {padded}, {outFeatures} out features";
        checkpoint.FloatTensor(ZerosName(checkpoint, prefix), [padded, outFeatures], reason);
        return checkpoint.FloatTensor(prefix + ".scales", [padded, outFeatures], reason).Type;
    }

    public static void ReadGroups(Checkpoint checkpoint, LinearInfo info, Span<float> scales, Span<byte> zeroPoints)
    {
        var zeros = checkpoint.Tensor(ZerosName(checkpoint, info.Prefix));
        var scaleReader = new FloatReader(checkpoint, checkpoint.Tensor(info.Prefix + ".scales"), stackalloc float[FloatReader.BufferLength]);
        var zeroReader = new FloatReader(checkpoint, zeros, stackalloc float[FloatReader.BufferLength]);
        for (int group = 0; group < info.Groups; group++)
        {
            for (int n = 0; n < info.OutFeatures; n++)
            {
                float scale = scaleReader.Next();
                float scaledZero = zeroReader.Next();

                // The product was rounded to half: off by 2^-11 of at most 15, so the nearest integer is the zero point.
                float zero = scaledZero == 0 ? 0 : MathF.Round(-scaledZero / scale);
                if (!(zero >= 0 && zero <= 15))
                {
                    throw new InvalidDataException($"{zeros.ElementText(((long)group * info.OutFeatures) + n)} is {scaledZero} where the scale is {scale}; expected -scale times a zero point of 0 to 15.");
                }

                scales[(n * info.Groups) + group] = scale;
                zeroPoints[(n * info.Groups) + group] = (byte)zero;
            }
        }
    }

    /// <summary>Reads whole rows; row and rows are multiples of 4.</summary>
    public static void ReadTile(Checkpoint checkpoint, LinearInfo info, int row, int rows, Span<byte> packed, Span<byte> values)
    {
        packed = packed[..(values.Length / 2)];
        checkpoint.Read(checkpoint.Tensor(info.Prefix + ".qweight"), (long)row * info.InFeatures / 2, packed);
        var words = MemoryMarshal.Cast<byte, ushort>(packed);
        for (int row0 = 0; row0 < rows; row0 += RowsPerQuad)
        {
            for (int k = 0; k < info.InFeatures; k += Block)
            {
                var block = words.Slice((row0 / RowsPerQuad * info.InFeatures) + k, Block);
                for (int i = 0; i < 2 * RowsPerQuad; i++)
                {
                    Unpack32(block[(8 * i)..], values[(((row0 + (i / 2)) * info.InFeatures) + k + (32 * (i % 2)))..]);
                }
            }
        }
    }

    // Eight words to 32 values: nibble a of word j becomes value 8a + j.
    private static void Unpack32(ReadOnlySpan<ushort> words, Span<byte> values)
    {
        var word = Vector128.Create(words);
        var mask = Vector128.Create((ushort)0xF);
        Vector128.Narrow(word & mask, (word >> 4) & mask).CopyTo(values);
        Vector128.Narrow((word >> 8) & mask, word >> 12).CopyTo(values[16..]);
    }

    private static string ZerosName(Checkpoint checkpoint, string prefix) =>
        checkpoint.HasTensor(prefix + ".scaled_zeros") ? prefix + ".scaled_zeros" : prefix + ".qzeros";
}
