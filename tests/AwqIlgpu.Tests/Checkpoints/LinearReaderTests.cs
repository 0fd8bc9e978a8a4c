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
