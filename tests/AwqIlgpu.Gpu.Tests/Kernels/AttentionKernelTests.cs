using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Kernels;
using AwqIlgpu.Tests;

namespace AwqIlgpu.Gpu.Tests.Kernels;

public class AttentionKernelTests
{
    [Theory]
    [InlineData(4, 4, 16, 0, 0, KvType.Fp32)]
    [InlineData(4, 2, 64, 0, 0, KvType.Fp16)]
    [InlineData(8, 2, 128, 0, 0, KvType.Fp16)]
    [InlineData(8, 1, 80, 0, 30, KvType.Fp32)]
    [InlineData(12, 1, 32, 100, 0, KvType.Fp16)]
    [InlineData(4, 2, 64, 0, 0, KvType.Int8)]
    [InlineData(8, 1, 80, 70, 30, KvType.Int8)]
    public void Decode_RaggedSequences_EqualsReference(int heads, int kvHeads, int headDim, int window, float softcap, KvType type)
    {
        using var device = new TestAccelerator();
        var shape = new AttentionShape(heads, kvHeads, headDim, headDim, 0.2f) { Window = window, Softcap = softcap };
        var sequences = new DeviceSequences(device, shape, type, (1, 1), (33, 1), (256, 1), (300, 1), (600, 1));
        var workspace = device.New<float>(AttentionKernel.WorkspaceFloats(5, 600, heads, headDim));
        new AttentionKernel(device.Accelerator).Decode(device.Stream, sequences.Arguments, sequences.Cache, 0, 5, 600, workspace);
        Close.AfterSum($"decode, {shape}, {type}", sequences.Expected(), device.Read(sequences.Output));
    }

    [Theory]
    [InlineData(2, 2, 32, 0, 0, KvType.Fp32)]
    [InlineData(4, 1, 64, 0, 20, KvType.Fp16)]
    [InlineData(3, 1, 48, 40, 0, KvType.Fp32)]
    [InlineData(4, 2, 64, 0, 0, KvType.Int8)]
    public void Prefill_WithAndWithoutCachedTokens_EqualsReference(int heads, int kvHeads, int headDim, int window, float softcap, KvType type)
    {
        using var device = new TestAccelerator();
        var shape = new AttentionShape(heads, kvHeads, headDim, headDim, 0.2f) { Window = window, Softcap = softcap };
        var sequences = new DeviceSequences(device, shape, type, (1, 1), (17, 17), (270, 20), (300, 3));
        var kernel = new AttentionKernel(device.Accelerator);
        for (int segment = 0; segment < sequences.Lengths.Length; segment++)
        {
            kernel.Prefill(device.Stream, sequences.Arguments, sequences.Cache, segment, sequences.Lengths[segment].Tokens);
        }

        Close.AfterSum($"prefill, {shape}, {type}", sequences.Expected(), device.Read(sequences.Output));
    }

    [Theory]
    [InlineData(KvType.Fp32)]
    [InlineData(KvType.Fp16)]
    [InlineData(KvType.Int8)]
    public void Decode_KeysThatEndInTheirValues_EqualsReference(KvType type)
    {
        using var device = new TestAccelerator();
        var shape = new AttentionShape(5, 1, 24 + 64, 64, 0.1f);
        var sequences = new DeviceSequences(device, shape, type, keysEndInValues: true, (1, 1), (33, 1), (300, 1));
        var workspace = device.New<float>(AttentionKernel.WorkspaceFloats(3, 300, 5, 64));
        new AttentionKernel(device.Accelerator).Decode(device.Stream, sequences.Arguments, sequences.Cache, 0, 3, 300, workspace);
        Close.AfterSum($"{shape} {type}", sequences.Expected(), device.Read(sequences.Output));
    }

    [Fact]
    public void Decode_MoreThanTheMostSplits_EqualsReference()
    {
        const int Context = (AttentionKernel.MaxSplits + 5) * AttentionKernel.PieceTokens;
        using var device = new TestAccelerator();
        var shape = new AttentionShape(1, 1, 4, 4, 1);
        var sequences = new DeviceSequences(device, shape, KvType.Fp16, (Context, 1));
        var workspace = device.New<float>(AttentionKernel.WorkspaceFloats(1, Context, 1, 4));
        new AttentionKernel(device.Accelerator).Decode(device.Stream, sequences.Arguments, sequences.Cache, 0, 1, Context, workspace);
        Close.AfterSum("long decode", sequences.Expected(), device.Read(sequences.Output));
    }

    [Theory]
    [InlineData(66)]
    [InlineData(560)]
    public void Check_HeadDimWithoutRoom_IsRefused(int headDim) =>
        Assert.Throws<NotSupportedException>(() => AttentionKernel.Check(new AttentionShape(1, 1, headDim, headDim, 1)));
}
