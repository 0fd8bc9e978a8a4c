using AwqIlgpu.Checkpoints;
using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Gpu.Tests.Kernels;
using AwqIlgpu.Kernels;
using AwqIlgpu.Tests.Kernels;

namespace AwqIlgpu.Gpu.Tests.Costs;

/// <summary>What decides a kernel's speed on a GPU, held to a number: bytes moved, memory transactions, bank conflicts. Shapes are those of models, scaled down.</summary>
public class KernelCostTests
{
    private const double MostBytes = 1.1;
    private const double MostTransactions = 1.15;

    [Theory]
    [InlineData("Mistral-7B.q_proj / 8", 512, 1024, 128)]
    [InlineData("Mistral-7B.down_proj / 16", 256, 3584, 128)]
    [InlineData("Qwen3-0.6B.o_proj / 4", 256, 2048, 128)]
    [InlineData("Qwen3-0.6B.gate_proj / 4, groups of 64", 768, 1024, 64)]
    public void Int4Gemv_OneToken_StreamsTheWeights(string name, int n, int k, int groupSize)
    {
        using var device = new TestAccelerator(counting: true);
        using var weights = Int4Weights.Random(n, k, groupSize, TensorType.Float16, seed: 1);
        var shape = weights.Packed.Shape;
        var kernel = new Int4GemvKernel(device.Accelerator);
        var parts = device.New<float>(Math.Max(n, Int4GemvKernel.WorkspaceFloats(shape)));
        kernel.RunSplits(device.Stream, device.Of(Numbers.Normal(k, seed: 2)), k, 1, DeviceWeights.Of(device, weights), new LinearOutput(parts, n, default, false));
        var counters = device.Counters;
        long ideal = shape.ByteCount + ((n + k) * sizeof(float));
        Bytes(name, ideal, counters.GlobalBytesRead + counters.GlobalBytesWritten);
        Transactions(name, counters);
        Assert.Equal(0, counters.BankConflicts);
    }

    [Theory]
    [InlineData(nameof(TensorType.Float16), 256, 1024)]
    [InlineData(nameof(TensorType.BFloat16), 128, 2048)]
    public void FloatGemv_Head_StreamsTheWeights(string type, int n, int k)
    {
        using var device = new TestAccelerator(counting: true);
        var (weights, _) = DeviceWeights.Random(device, n, k, Enum.Parse<TensorType>(type), seed: 1);
        new FloatGemvKernel(device.Accelerator).Run(device.Stream, device.Of(Numbers.Normal(k, seed: 2)), k, 1, weights, new LinearOutput(device.New<float>(n), n, default, false));
        Bytes($"head, {type}", ((long)n * k * 2) + ((n + k) * sizeof(float)), device.Counters.GlobalBytesRead + device.Counters.GlobalBytesWritten);
        Transactions($"head, {type}", device.Counters);
        Assert.Equal(0, device.Counters.BankConflicts);
    }

    [Theory]
    [InlineData("Mistral-7B", 4, 128, KvType.Fp16)]
    [InlineData("Qwen3-0.6B", 2, 128, KvType.Fp16)]
    [InlineData("Qwen3-0.6B, float cache", 2, 128, KvType.Fp32)]
    public void Attention_Decode_ReadsTheCacheOnce(string name, int headsPerKvHead, int headDim, KvType type)
    {
        const int KvHeads = 2;
        const int Context = 1024;
        using var device = new TestAccelerator(counting: true);
        var shape = new AttentionShape(KvHeads * headsPerKvHead, KvHeads, headDim, headDim, 0.1f);
        var sequences = new DeviceSequences(device, shape, type, (Context, 1));
        var workspace = device.New<float>(AttentionKernel.WorkspaceFloats(1, Context, shape.Heads, headDim));
        var kernel = new AttentionKernel(device.Accelerator);
        kernel.DecodeSplits(device.Stream, sequences.Arguments, sequences.Cache, 0, 1, Context, workspace);
        var counters = device.Counters;
        long cache = 2L * Context * KvHeads * headDim * (type == KvType.Fp16 ? 2 : 4);
        Bytes(name, cache + (2 * shape.Heads * headDim * sizeof(float)), counters.GlobalBytesRead + counters.GlobalBytesWritten);
        Transactions(name, counters);
        Assert.Equal(0, counters.BankConflicts);
    }

    [Fact]
    public void Attention_Prefill_HasNoBankConflicts()
    {
        using var device = new TestAccelerator(counting: true);
        var shape = new AttentionShape(4, 1, 128, 128, 0.1f);
        var sequences = new DeviceSequences(device, shape, KvType.Fp16, (300, 8));
        new AttentionKernel(device.Accelerator).Prefill(device.Stream, sequences.Arguments, sequences.Cache, 0, 8);
        Assert.Equal(0, device.Counters.BankConflicts);
    }

    [Fact]
    public void Gemm_Int4_HasNoBankConflicts()
    {
        const int N = 128;
        const int K = 256;
        const int Tokens = 64;
        using var device = new TestAccelerator(counting: true);
        using var weights = Int4Weights.Random(N, K, 128, TensorType.Float16, seed: 1);
        var kernel = new GemmKernel<Int4TileWeights>(device.Accelerator);
        kernel.Run(device.Stream, device.Of(Numbers.Normal(Tokens * K, seed: 2)), K, Tokens, new Int4TileWeights(DeviceWeights.Of(device, weights)), new LinearOutput(device.New<float>(Tokens * N), N, default, false));
        Assert.Equal(0, device.Counters.BankConflicts);
    }

    private static void Bytes(string name, long ideal, long moved) =>
        Assert.True(moved <= MostBytes * ideal, $"{name}: {moved} bytes moved, {ideal} needed: {(double)moved / ideal:F3} times");

    private static void Transactions(string name, ILGPU.Simulation.LaunchCounters counters) =>
        Assert.True(
            counters.GlobalSectors <= MostTransactions * counters.IdealGlobalSectors,
            $"{name}: {counters.GlobalSectors} sectors, {counters.IdealGlobalSectors} needed: {(double)counters.GlobalSectors / counters.IdealGlobalSectors:F3} times");
}
