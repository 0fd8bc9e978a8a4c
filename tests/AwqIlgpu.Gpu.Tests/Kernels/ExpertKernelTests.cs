using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;
using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Kernels;
using AwqIlgpu.Tests;
using AwqIlgpu.Tests.Kernels;
using ILGPU;

namespace AwqIlgpu.Gpu.Tests.Kernels;

public class ExpertKernelTests
{
    private const int Experts = 16;

    public static TheoryData<string> Rules => ["softmax", "normalised", "sigmoid with bias", "two of four groups", "best of each group"];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Route_EachRule_ChoosesAsTheCpu(string name)
    {
        const int Tokens = 9;
        var rule = Rule(name);
        using var device = new TestAccelerator();
        // Rounded, so that equal logits occur.
        float[] logits = [.. Numbers.Normal(Tokens * Experts, seed: 1).Select(v => MathF.Round(v * 8) / 8)];
        float[] bias = name == "softmax" ? [] : [.. Numbers.Normal(Experts, seed: 2).Select(v => v / 4)];
        var chosen = device.New<int>(Tokens * rule.ExpertsPerToken);
        var weights = device.New<float>(Tokens * rule.ExpertsPerToken);
        new RoutingKernel(device.Accelerator).Run(device.Stream, rule, Experts, device.Of(logits), Experts, device.Of(bias), Tokens, chosen, weights);
        int[] expected = new int[chosen.Length];
        float[] expectedWeights = new float[chosen.Length];
        for (int token = 0; token < Tokens; token++)
        {
            int at = token * rule.ExpertsPerToken;
            Assert.True(ExpertRouting.Run(rule, logits.AsSpan(token * Experts, Experts), bias, expected.AsSpan(at, rule.ExpertsPerToken), expectedWeights.AsSpan(at, rule.ExpertsPerToken)));
        }

        Assert.Equal(expected, device.Read(chosen));
        Close.AfterSum(name, Numbers.Doubles(expectedWeights), device.Read(weights));
    }

    [Fact]
    public void Route_LogitThatIsNoNumber_PoisonsItsTokenAlone()
    {
        var rule = Rule("softmax");
        using var device = new TestAccelerator();
        float[] logits = Numbers.Normal(3 * Experts, seed: 1);
        logits[Experts + 4] = float.NaN;
        logits[(2 * Experts) + 4] = float.PositiveInfinity;
        var chosen = device.New<int>(3 * rule.ExpertsPerToken);
        var weights = device.New<float>(3 * rule.ExpertsPerToken);
        new RoutingKernel(device.Accelerator).Run(device.Stream, rule, Experts, device.Of(logits), Experts, device.Of<float>([]), 3, chosen, weights);
        Assert.All(device.Read(chosen), expert => Assert.InRange(expert, 0, Experts - 1));
        float[] after = device.Read(weights);
        Assert.All(after[..rule.ExpertsPerToken], weight => Assert.False(float.IsNaN(weight)));
        Assert.All(after[rule.ExpertsPerToken..], weight => Assert.True(float.IsNaN(weight)));
    }

    [Theory]
    [InlineData(1, 4, 8)]
    [InlineData(40, 5, 8)]
    [InlineData(300, 3, 64)]
    [InlineData(30, 300, 8)]
    public void Order_RandomCopies_SortsAsTheCpuAndTilesEveryRowOnce(int copies, int experts, int tileRows)
    {
        using var device = new TestAccelerator();
        var random = new Random(copies);
        int[] chosen = [.. Enumerable.Range(0, copies).Select(_ => random.Next(experts))];
        int[] expected = new int[copies];
        int[] starts = new int[experts + 1];
        ExpertOrder.Sort(chosen, expected, starts);
        var (places, tiles) = Order(device, chosen, experts, tileRows);
        Assert.Equal(expected, device.Read(places));
        var used = device.Read(tiles).Where(tile => tile.Rows > 0).ToArray();
        Assert.All(used, tile => Assert.InRange(tile.Rows, 1, tileRows));
        Assert.Equal(
            Enumerable.Range(0, experts).SelectMany(e => Enumerable.Range(starts[e], starts[e + 1] - starts[e]).Select(row => (e, row))),
            used.SelectMany(tile => Enumerable.Range(tile.FirstRow, tile.Rows).Select(row => (tile.Expert, row))));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(20, 8)]
    [InlineData(90, 64)]
    public void Run_Int4Experts_EqualsEachExpertsProduct(int copies, int tileRows)
    {
        const int Count = 4;
        const int N = 40;
        const int K = 96;
        using var device = new TestAccelerator();
        var weights = Enumerable.Range(0, Count).Select(e => Int4Weights.Random(N, K, 32, TensorType.Float16, seed: e)).ToArray();
        long distance = weights[0].Packed.Shape.ByteCount + 128;
        byte[] memory = new byte[(Count - 1) * distance + weights[0].Packed.Shape.ByteCount];
        for (int e = 0; e < Count; e++)
        {
            Bytes(weights[e]).CopyTo(memory.AsSpan((int)(e * distance)));
        }

        // An expert without copies among them.
        int[] chosen = [.. Enumerable.Range(0, copies).Select(i => i % 5 == 0 ? 3 : i % 2)];
        var (places, tiles) = Order(device, chosen, Count, tileRows);
        float[] x = Numbers.Normal(copies * K, seed: 7);
        var y = device.New<float>(copies * N);
        new ExpertGemmKernel(device.Accelerator).Run(device.Stream, device.Of(x), K, tiles, tileRows, new Int4View(weights[0].Packed.Shape, device.Of(memory)), distance, new LinearOutput(y, N, default, false));
        int[] experts = new int[copies];
        foreach (var (expert, place) in chosen.Zip(device.Read(places)))
        {
            experts[place] = expert;
        }

        double[] expected = [.. Enumerable.Range(0, copies).SelectMany(row => weights[experts[row]].Product(Numbers.Doubles(x.AsSpan(row * K, K)), 1))];
        Close.AfterSum($"experts, {copies} copies", expected, device.Read(y));
        Array.ForEach(weights, w => w.Dispose());
    }

    [Fact]
    public void Run_FloatExperts_EqualsEachExpertsProduct()
    {
        const int Count = 3;
        const int N = 20;
        const int K = 64;
        const int Copies = 10;
        using var device = new TestAccelerator();
        // One matrix after the other: rows of a taller one.
        var (all, values) = DeviceWeights.Random(device, Count * N, K, TensorType.BFloat16, seed: 1);
        var first = new FloatView(N, K, TensorType.BFloat16, all.Shorts.Cast<byte>());
        int[] chosen = [2, 0, 2, 2, 0, 2, 0, 0, 2, 2];
        var (places, tiles) = Order(device, chosen, Count, ExpertGemmKernel.TileRows(Copies, Count));
        float[] x = Numbers.Normal(Copies * K, seed: 7);
        var y = device.New<float>(Copies * N);
        new ExpertGemmKernel(device.Accelerator).Run(device.Stream, device.Of(x), K, tiles, first, N * K * 2, new LinearOutput(y, N, default, false));
        double[] expected = new double[Copies * N];
        foreach (var (expert, place) in chosen.Zip(device.Read(places)))
        {
            DeviceWeights.Product(x.AsSpan(place * K, K), values.AsSpan(expert * N * K, N * K), 1, N, K).CopyTo(expected.AsSpan(place * N));
        }

        Close.AfterSum("float experts", expected, device.Read(y));
    }

    private static (ArrayView<int> Places, ArrayView<ExpertTile> Tiles) Order(TestAccelerator device, int[] chosen, int experts, int tileRows)
    {
        var places = device.New<int>(chosen.Length);
        var tiles = device.New<ExpertTile>(ExpertOrderKernel.MostTiles(chosen.Length, experts, tileRows));
        new ExpertOrderKernel(device.Accelerator).Run(device.Stream, device.Of(chosen), experts, tileRows, places, tiles);
        return (places, tiles);
    }

    private static unsafe ReadOnlySpan<byte> Bytes(Int4Weights weights) => new(weights.Packed.Data, checked((int)weights.Packed.Shape.ByteCount));

    private static RoutingRule Rule(string name) => name switch
    {
        "softmax" => new RoutingRule(3, RouterScore.Softmax, Normalize: false),
        "normalised" => new RoutingRule(2, RouterScore.Softmax, Normalize: true),
        "sigmoid with bias" => new RoutingRule(4, RouterScore.Sigmoid, Normalize: true) { Epsilon = 1e-20, Scale = 2.5 },
        "two of four groups" => new RoutingRule(4, RouterScore.Sigmoid, Normalize: true) { Groups = 4, KeptGroups = 2, ExpertsPerGroupScore = 2 },
        _ => new RoutingRule(3, RouterScore.Softmax, Normalize: false) { Groups = 4, KeptGroups = 3, Scale = 16 },
    };
}
