using AwqIlgpu.Quantization;
using AwqIlgpu.Quantization.Packing;

namespace AwqIlgpu.Tests.Quantization.Packing;

public class PackerTests
{
    public static TheoryData<string, string> Layouts() => new()
    {
        { "k256_n256_g128", "gemm" }, { "k512_n384_g64", "gemm" }, { "k1024_n128_g32", "gemm" },
        { "k256_n256_g128", "gemm_sym" }, { "k1024_n128_g32", "gemm_sym" },
        { "k256_n256_g128", "gemv" }, { "k512_n384_g64", "gemv" }, { "k1024_n128_g32", "gemv" },
        { "k256_n256_g128", "gemv_fast" }, { "k512_n384_g64", "gemv_fast" }, { "k1024_n128_g32", "gemv_fast" }, { "k256_n256_g128", "llm_awq_v2" },
        { "k256_n256_g128", "marlin" }, { "k1024_n128_g32", "marlin" }, { "k256_n128_channel", "marlin" },
        { "k256_n256_g128", "ct_asym" }, { "k512_n384_g64", "ct_asym" }, { "k1024_n128_g32", "ct_asym" }, { "ct_n100_k128_g32", "ct_asym" }, { "ct_n64_k72_channel", "ct_asym" },
        { "k256_n256_g128", "ct_sym" }, { "k1024_n128_g32", "ct_sym" }, { "k256_n128_channel", "ct_sym" },
    };

    [SharedTheory]
    [MemberData(nameof(Layouts))]
    public void Pack_KnownLayer_EqualsPublicPackerByteForByte(string layer, string layout)
    {
        var expected = new GoldenFile(TestData.Shared("goldens", "packing", layer, layout, "model.safetensors"));
        var packed = Pack(Truth(layer, layout is "marlin" or "gemm_sym" or "ct_sym"), layout);

        string prefix = expected.Names.First();
        prefix = prefix[..(prefix.LastIndexOf('.') + 1)];
        Assert.Equal(expected.Names.Where(n => n != $"{prefix}bias").Order(), packed.Select(t => prefix + t.Name).Order());
        foreach (var tensor in packed)
        {
            Assert.Equal(expected.Shape(prefix + tensor.Name).Select(d => (long)d), tensor.Shape);
            Assert.Equal(expected.Bytes(prefix + tensor.Name).Length, tensor.Data.Length);
            int firstDifference = expected.Bytes(prefix + tensor.Name).CommonPrefixLength(tensor.Data);
            Assert.True(firstDifference == tensor.Data.Length, $"{tensor.Name} differs from byte {firstDifference} on");
        }
    }

    [Theory]
    [InlineData("gemm", 12, 64, 64)]
    [InlineData("gemv", 8, 36, 36)]
    [InlineData("gemv", 8, 64, 16)]
    [InlineData("gemv_fast", 8, 96, 32)]
    [InlineData("marlin", 32, 64, 64)]
    public void Pack_ShapeThatTheLayoutCannotHold_Throws(string layout, int rows, int columns, int groupSize)
    {
        int groups = columns / groupSize;
        var zeroPoints = new byte[rows * groups];
        Array.Fill(zeroPoints, (byte)8);
        var matrix = new QuantizedMatrix(rows, columns, groupSize, new byte[rows * columns], zeroPoints, new ushort[rows * groups]);
        Assert.Throws<NotSupportedException>(() => Pack(matrix, layout));
    }

    [Fact]
    public void Pack_AsymmetricLayerIntoSymmetricLayout_Throws()
    {
        var matrix = new QuantizedMatrix(64, 64, 64, new byte[64 * 64], new byte[64], new ushort[64]);
        Assert.Throws<NotSupportedException>(() => MarlinPacker.Pack(matrix));
        Assert.Throws<ArgumentException>(() => CompressedTensorsPacker.Pack(matrix, symmetric: true));
    }

    private static PackedTensor[] Pack(QuantizedMatrix matrix, string layout) => layout switch
    {
        "gemm" or "gemm_sym" => GemmPacker.Pack(matrix),
        "gemv" => GemvPacker.Pack(matrix),
        "gemv_fast" => GemvFastPacker.Pack(matrix),
        "llm_awq_v2" => GemvFastPacker.Pack(matrix, "scaled_zeros"),
        "marlin" => MarlinPacker.Pack(matrix),
        "ct_asym" => CompressedTensorsPacker.Pack(matrix, symmetric: false),
        _ => CompressedTensorsPacker.Pack(matrix, symmetric: true),
    };

    private static QuantizedMatrix Truth(string layer, bool symmetric)
    {
        var truth = new GoldenFile(TestData.Shared("goldens", "packing", layer, symmetric ? "truth_sym.safetensors" : "truth_asym.safetensors"));
        int[] shape = truth.Shape("q");
        return new(
            shape[0],
            shape[1],
            shape[1] / truth.Shape("z")[1],
            truth.Bytes("q").ToArray(),
            truth.Bytes("z").ToArray(),
            [.. truth.Floats("s").Select(s => BitConverter.HalfToUInt16Bits((Half)s))]);
    }
}
