using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Tests.Checkpoints;

public class LinearReaderTests
{
    public static TheoryData<string, string> SmallCases => new()
    {
        { "ct_n100_k128_g32", "ct_asym" },
        { "ct_n64_k72_channel", "ct_asym" },
        { "k256_n128_channel", "ct_sym" },
        { "k256_n128_channel", "marlin" },
        { "k256_n256_g128", "gemm" },
        { "k256_n256_g128", "gemm_sym" },
        { "k256_n256_g128", "gemv" },
        { "k256_n256_g128", "gemv_fast" },
        { "k256_n256_g128", "llm_awq_v2" },
        { "k256_n256_g128", "marlin" },
        { "k256_n256_g128", "ct_asym" },
        { "k256_n256_g128", "ct_sym" },
    };

    public static TheoryData<string, string> LargeCases => new()
    {
        { "k512_n384_g64", "gemm" },
        { "k512_n384_g64", "gemv" },
        { "k512_n384_g64", "gemv_fast" },
        { "k512_n384_g64", "ct_asym" },
        { "k1024_n128_g32", "gemm" },
        { "k1024_n128_g32", "gemm_sym" },
        { "k1024_n128_g32", "gemv" },
        { "k1024_n128_g32", "gemv_fast" },
        { "k1024_n128_g32", "marlin" },
        { "k1024_n128_g32", "ct_asym" },
        { "k1024_n128_g32", "ct_sym" },
    };

    [Theory]
    [MemberData(nameof(SmallCases))]
    public void Read_SmallGolden_EqualsTruth(string name, string format) => CheckGolden(TestData.Golden("packing", name), format);

    [SharedTheory]
    [MemberData(nameof(LargeCases))]
    public void Read_LargeGolden_EqualsTruth(string name, string format) => CheckGolden(TestData.Shared("goldens", "packing", name), format);

    // 16448 rows of 128 are more than one tile, in rows and in columns, so GEMM and Marlin read pieces of rows; groups of 20 and 4 are no whole words.
    [Theory]
    [InlineData("gemm", 16448, 256, 128)]
    [InlineData("gemm", 2048, 2048, 128)]
    [InlineData("gemm", 64, 65536, 65536)]
    [InlineData("gemm", 24, 40, 20)]
    [InlineData("gemm", 8, 24, 4)]
    [InlineData("gemv", 16448, 256, 128)]
    [InlineData("gemv", 8, 64, 32)]
    [InlineData("gemv_fast", 16448, 256, 128)]
    [InlineData("gemv_fast", 8, 65536, 128)]
    [InlineData("marlin", 16448, 256, 128)]
    [InlineData("marlin", 2048, 2048, 128)]
    [InlineData("marlin", 64, 16, 16)]
    [InlineData("ct", 16448, 256, 128)]
    [InlineData("ct", 3, 5, 5)]
    [InlineData("ct", 1, 1, 1)]
    [InlineData("ct", 7, 99, 33)]
    public void ReadInt4_AnyShape_GivesEveryValueOnce(string layout, int outFeatures, int inFeatures, int groupSize)
    {
        var expected = new byte[outFeatures * inFeatures];
        new Random(1).NextBytes(expected);
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] &= 0xF;
        }

        using var folder = new TempCheckpoint(Config(layout, groupSize));
        AddLayer(folder, layout, outFeatures, inFeatures, groupSize, expected);
        folder.Save();
        using var checkpoint = Checkpoint.Open(folder.Folder);

        var info = checkpoint.Linear("p", outFeatures, inFeatures);
        var (_, _, values) = Read(checkpoint, info);

        Assert.Equal(groupSize, info.GroupSize);
        Assert.True(expected.AsSpan().SequenceEqual(values));
    }

    [Theory]
    [InlineData("gemm", 4096, 14336, 128)]
    [InlineData("gemm", 14336, 4096, 128)]
    [InlineData("gemm", 4096, 14336, 14336)]
    [InlineData("gemm", 262144, 4096, 128)]
    [InlineData("marlin", 14336, 4096, 128)]
    [InlineData("gemv", 262144, 16384, 128)]
    [InlineData("ct", 14336, 4096, 128)]
    public void StagingBytes_LargeLayer_IsAFewMebibytes(string layout, int outFeatures, int inFeatures, int groupSize)
    {
        var kind = layout switch
        {
            "gemm" => WeightLayout.Gemm,
            "gemv" => WeightLayout.Gemv,
            "marlin" => WeightLayout.Marlin,
            _ => WeightLayout.CompressedTensors,
        };
        var info = new LinearInfo("p", kind, outFeatures, inFeatures, groupSize, TensorType.Float16, HasBias: false);

        Assert.InRange(LinearReader.StagingBytes(info), 1, 4 << 20);
    }

    [Fact]
    public void ReadInt4_StagingTooSmall_Throws()
    {
        using var folder = new TempCheckpoint(Config("gemm", 8));
        AddLayer(folder, "gemm", 8, 8, 8, new byte[64]);
        using var checkpoint = Checkpoint.Open(folder.Save().Folder);
        var info = checkpoint.Linear("p", 8, 8);

        Assert.Throws<ArgumentException>(() => LinearReader.ReadInt4(checkpoint, info, new byte[LinearReader.StagingBytes(info) - 1], _ => { }));
        Assert.Throws<ArgumentException>(() => LinearReader.ReadGroups(checkpoint, info, new float[7], new byte[8]));
    }

    [Fact]
    public void ReadGroups_Int8ZeroPoints_AreMovedBy8()
    {
        using var folder = new TempCheckpoint(Config("ct", 8));
        AddLayer(folder, "ct", 2, 16, 8, new byte[32]);
        folder.Add("p.weight_zero_point", "I8", [2, 2], [0x00, 0xF8, 0x07, 0xFF]);
        using var checkpoint = Checkpoint.Open(folder.Save().Folder);

        var (_, zeros, _) = Read(checkpoint, checkpoint.Linear("p", 2, 16));

        Assert.Equal([8, 0, 15, 7], zeros);
    }

    [SharedFact]
    public void Linear_EveryPackedLayerOfEveryModel_IsDescribed()
    {
        int layers = 0;
        foreach (string folder in Directory.EnumerateDirectories(TestData.Shared("goldens", "models")))
        {
            using var checkpoint = Checkpoint.Open(Path.Combine(folder, "awq"));
            foreach (var scales in checkpoint.Tensors.Values.Where(t => t.Name.EndsWith(".scales", StringComparison.Ordinal) && checkpoint.HasTensor(t.Name.Replace(".scales", ".qweight", StringComparison.Ordinal))))
            {
                string prefix = scales.Name[..scales.Name.LastIndexOf('.')];
                int groupSize = checkpoint.Quantization!.GroupSize;

                var info = checkpoint.Linear(prefix, (int)scales.Shape[1], (int)scales.Shape[0] * groupSize);

                Assert.Equal(WeightLayout.Gemm, info.Layout);
                Assert.All(Read(checkpoint, info).Zeros, z => Assert.InRange(z, 0, 15));
                layers++;
            }
        }

        Assert.True(layers > 400, $"{layers} layers");
    }

    private static string Config(string layout, int groupSize) => layout == "ct"
        ? "{\"quantization_config\":{\"quant_method\":\"compressed-tensors\",\"config_groups\":{\"g\":{\"weights\":{\"num_bits\":4,\"type\":\"int\",\"symmetric\":true,\"strategy\":\"group\",\"group_size\":" + groupSize + "}}}}}"
        : "{\"quantization_config\":{\"quant_method\":\"awq\",\"bits\":4,\"group_size\":" + groupSize + ",\"zero_point\":false,\"version\":\"" + layout.ToUpperInvariant() + "\"}}";

    private static void AddLayer(TempCheckpoint folder, string layout, int n, int k, int groupSize, byte[] values)
    {
        int groups = k / groupSize;
        int width = (groups + 7) / 8;
        switch (layout)
        {
            case "gemm":
                folder.Add("p.qweight", "I32", [k, n / 8], PackedOracle.Gemm(values, n, k)).AddZeros("p.qzeros", "I32", groups, n / 8).AddHalf("p.scales", 1, groups, n);
                break;
            case "gemv":
                width = groupSize == 32 ? (width + 3) / 4 * 4 : width;
                folder.Add("p.qweight", "I32", [n, k / 8], PackedOracle.Rows(values, n, k)).AddZeros("p.qzeros", "I32", n, width).AddHalf("p.scales", 1, n, 8 * width);
                break;
            case "gemv_fast":
                folder.Add("p.qweight", "I16", [n / 4, k], PackedOracle.GemvFast(values, n, k)).AddZeros("p.qzeros", "F16", 8 * width, n).AddHalf("p.scales", 1, 8 * width, n);
                break;
            case "marlin":
                folder.Add("p.qweight", "I32", [k / 16, 2 * n], PackedOracle.Marlin(values, n, k)).AddHalf("p.scales", 1, groups, n);
                break;
            default:
                folder.Add("p.weight_packed", "I32", [n, (k + 7) / 8], PackedOracle.Rows(values, n, k)).AddHalf("p.weight_scale", 1, n, groups)
                    .Add("p.weight_shape", "I64", [2], [.. BitConverter.GetBytes((long)n), .. BitConverter.GetBytes((long)k)]);
                break;
        }
    }

    private static void CheckGolden(string folder, string format)
    {
        bool symmetric = format is "marlin" or "gemm_sym" or "ct_sym";
        var truth = new GoldenFile(Path.Combine(folder, symmetric ? "truth_sym.safetensors" : "truth_asym.safetensors"));
        int[] shape = truth.Shape("q");
        using var checkpoint = Checkpoint.Open(Path.Combine(folder, format));
        string prefix = checkpoint.Tensors.Keys.First(n => n.EndsWith("proj.qweight", StringComparison.Ordinal) || n.EndsWith("proj.weight_packed", StringComparison.Ordinal));
        prefix = prefix[..prefix.LastIndexOf('.')];

        var info = checkpoint.Linear(prefix, shape[0], shape[1]);

        Assert.Equal(truth.Shape("s")[1], info.Groups);
        Assert.Equal(truth.Contains("bias"), info.HasBias);
        var (scales, zeros, values) = Read(checkpoint, info);
        Assert.Equal(truth.Bytes("q"), values);
        Assert.Equal(truth.Bytes("z"), zeros);
        Assert.Equal(truth.Floats("s").Select(BitConverter.SingleToUInt32Bits), scales.Select(BitConverter.SingleToUInt32Bits));
    }

    private static (float[] Scales, byte[] Zeros, byte[] Values) Read(Checkpoint checkpoint, LinearInfo info)
    {
        var scales = new float[info.OutFeatures * info.Groups];
        var zeros = new byte[scales.Length];
        LinearReader.ReadGroups(checkpoint, info, scales, zeros);

        // 255 is no int4 value: a place that no tile covers shows.
        var values = new byte[info.OutFeatures * info.InFeatures];
        Array.Fill(values, (byte)255);
        LinearReader.ReadInt4(checkpoint, info, new byte[LinearReader.StagingBytes(info)], tile =>
        {
            for (int r = 0; r < tile.Rows; r++)
            {
                var target = values.AsSpan(((tile.Row + r) * info.InFeatures) + tile.Column, tile.Columns);
                Assert.Equal(-1, target.IndexOfAnyExcept((byte)255));
                tile.Values.Slice(r * tile.Columns, tile.Columns).CopyTo(target);
            }
        });
        return (scales, zeros, values);
    }
}
