using AwqIlgpu.Checkpoints;
using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Gpu.Tests.Kernels;
using AwqIlgpu.Kernels;
using AwqIlgpu.Tests.Kernels;

namespace AwqIlgpu.Gpu.Tests.Costs;

/// <summary>What decides a kernel's speed on a GPU, held to a number: bytes moved, memory transactions, bank conflicts. Shapes are those of models, scaled down.</summary>
/// <remarks>
/// Two exceptions. The cache write stores the elements of a key 32 apart, a transaction each. Each is read once for every token that follows, and
/// then lies beside its neighbours' in a block. A lane of a GEMM stores the neighbouring results that it has one after another, so a sector is
/// written that many times; it is done once for all of k, and rows of y that other linears share need not be aligned for wider stores.
/// </remarks>
public class KernelCostTests
{
    private const double MostBytes = 1.1;
    private const double MostTransactions = 1.15;
    private const int SectorBytes = 32;

    private static readonly int[] s_rows = [2, 0, 1];

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
    [InlineData("Mistral-7B, int8 cache", 4, 128, KvType.Int8)]
    [InlineData("Qwen3-0.6B, int8 cache", 2, 128, KvType.Int8)]
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
        long cache = Context / KvBlockLayout.BlockSize * new KvBlockLayout(KvHeads, headDim, headDim, type).ByteCount;
        // Sectors, for scales are read by all lanes together.
        Bytes(name, cache + (2 * shape.Heads * headDim * sizeof(float)), counters.GlobalSectors * SectorBytes);
        Transactions(name, counters);
        // An int8 cache's queries are turned once for each group: in five of the stages two lanes of a warp meet in a bank, at two loads and two stores.
        Assert.Equal(type == KvType.Int8 ? counters.Groups * 5 * 4 * (headsPerKvHead * headDim / 2 / 32) : 0, counters.BankConflicts);
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

    [Theory]
    [InlineData("RmsNorm, Mistral-7B")]
    [InlineData("LayerNorm, Qwen3-0.6B width")]
    [InlineData("SiLU-mul, Mistral-7B / 4")]
    [InlineData("embedding, Qwen3-0.6B")]
    [InlineData("gather")]
    [InlineData("add")]
    [InlineData("sum of splits")]
    [InlineData("merge of splits")]
    [InlineData("rotation of queries, Mistral-7B")]
    public void Rows_EachKernel_ReadsNeighbours(string name)
    {
        const int Rows = 3;
        const int Hidden = 4096;
        using var device = new TestAccelerator(counting: true);
        var x = device.Of(Numbers.Normal(Rows * Hidden, seed: 1));
        var y = device.Of(Numbers.Normal(Rows * Hidden, seed: 2));
        var weight = device.Of(Numbers.Normal(Hidden, seed: 3));
        var rows = device.Of(s_rows);
        switch (name)
        {
            case "RmsNorm, Mistral-7B":
                new RmsNormKernel(device.Accelerator).Run(device.Stream, x, Hidden, weight, 1e-5f, y, Hidden, Rows, 1, Hidden);
                break;
            case "LayerNorm, Qwen3-0.6B width":
                new LayerNormKernel(device.Accelerator).Run(device.Stream, x, 1024, weight, weight, 1e-5f, y, 1024, Rows, 1, 1024);
                break;
            case "SiLU-mul, Mistral-7B / 4":
                new ActivationKernel(device.Accelerator).Run(device.Stream, Activation.Silu, x, y, 3584, 3584, Rows, 3584);
                break;
            case "embedding, Qwen3-0.6B":
                var (table, _) = DeviceWeights.Random(device, Rows, 1024, TensorType.BFloat16, seed: 1);
                new EmbeddingKernel(device.Accelerator).Run(device.Stream, table, rows, 0, 1, false, Rows, y, Hidden);
                break;
            case "gather":
                new RowsKernel(device.Accelerator).Gather(device.Stream, x, Hidden, rows, y, Hidden, Rows, Hidden);
                break;
            case "add":
                new RowsKernel(device.Accelerator).Add(device.Stream, x, Hidden, 1, y, Hidden, Rows, Hidden);
                break;
            case "sum of splits":
                new SplitSumKernel(device.Accelerator).Run(device.Stream, x, Rows, 1, Hidden, new LinearOutput(y, Hidden, default, false));
                break;
            case "merge of splits":
                var segments = device.Of(new AttentionSegment[] { new() { Tokens = 1 } });
                new AttentionMergeKernel(device.Accelerator).Run(device.Stream, x, 4, segments, 16, 128, y, Hidden);
                break;
            default:
                var layout = new KvBlockLayout(1, 128, 128, KvType.Fp32);
                var angles = device.Of(Numbers.Normal(Rows * 64, seed: 4));
                var rope = new RopeArguments(RopeStyle.Half, angles, angles, 64);
                new RopeKernel(device.Accelerator).Run(device.Stream, rope, new Queries(x, Hidden, 31, 128), y, y, Hidden, Rows, rows, new KvView(layout, device.New<byte>(layout.ByteCount)));
                // The one key head is the exception that the class names: an element a transaction.
                Transactions(name, device.Counters, excepted: Rows * layout.HeadDimK);
                return;
        }

        Transactions(name, device.Counters);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(12, 8)]
    public void Experts_FewCopies_ReadOnlyTheirExperts(int copies, int tileRows)
    {
        const int Count = 8;
        const int N = 128;
        const int K = 2048;
        using var device = new TestAccelerator(counting: true);
        using var weights = Int4Weights.Random(N, K, 128, TensorType.Float16, seed: 1);
        var shape = weights.Packed.Shape;
        var all = device.Of(new byte[Count * shape.ByteCount]);
        int[] chosen = [.. Enumerable.Range(0, copies).Select(i => 3 + (i % 2))];
        var tiles = device.New<ExpertTile>(ExpertOrderKernel.MostTiles(copies, Count, tileRows));
        new ExpertOrderKernel(device.Accelerator).Run(device.Stream, device.Of(chosen), Count, tileRows, device.New<int>(copies), tiles);
        var output = new LinearOutput(device.New<float>(copies * N), N, default, false);
        new ExpertGemmKernel(device.Accelerator).Run(device.Stream, device.Of(Numbers.Normal(copies * K, seed: 2)), K, tiles, tileRows, new Int4View(shape, all), shape.ByteCount, output);
        var counters = device.Counters;
        Bytes($"{copies} copies", (2 * shape.ByteCount) + (copies * (N + K) * sizeof(float)), counters.GlobalBytesRead + counters.GlobalBytesWritten);
        Transactions($"{copies} copies", counters);
    }

    [Theory]
    [InlineData(false, 4)]
    [InlineData(true, 2)]
    public void Gemm_Int4_ReadsNeighboursWithoutBankConflicts(bool tensorCores, int storedBeside)
    {
        const int N = 128;
        const int K = 256;
        const int Tokens = 64;
        using var device = new TestAccelerator(counting: true);
        using var weights = Int4Weights.Random(N, K, 128, TensorType.Float16, seed: 1);
        var x = device.Of(Numbers.Normal(Tokens * K, seed: 2));
        var tile = new Int4TileWeights(DeviceWeights.Of(device, weights));
        var y = new LinearOutput(device.New<float>(Tokens * N), N, default, false);
        if (tensorCores)
        {
            new TensorGemmKernel(device.Accelerator).Run(device.Stream, x, K, Tokens, tile, y);
        }
        else
        {
            new GemmKernel<Int4TileWeights>(device.Accelerator).Run(device.Stream, x, K, Tokens, tile, y);
        }

        Assert.Equal(0, device.Counters.BankConflicts);
        Transactions("GEMM", device.Counters, excepted: (storedBeside - 1) * Tokens * N * sizeof(float) / SectorBytes);
    }

    private static void Bytes(string name, long ideal, long moved) =>
        Assert.True(moved <= MostBytes * ideal, $"{name}: {moved} bytes moved, {ideal} needed: {(double)moved / ideal:F3} times");

    private static void Transactions(string name, ILGPU.Simulation.LaunchCounters counters, long excepted = 0) =>
        Assert.True(
            counters.GlobalSectors - excepted <= MostTransactions * counters.IdealGlobalSectors,
            $"{name}: {counters.GlobalSectors} sectors, {counters.IdealGlobalSectors} needed: {(double)counters.GlobalSectors / counters.IdealGlobalSectors:F3} times");
}
