using AwqIlgpu.Checkpoints;
using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Gpu.Tests.Kernels;
using AwqIlgpu.Kernels;
using AwqIlgpu.Tests.Kernels;
using ILGPU.Simulation;

namespace AwqIlgpu.Gpu.Tests.Costs;

/// <summary>The kernels with one fault each, put in by the simulator: it or the comparison of results must notice.</summary>
public class PlantedFaultTests
{
    // Every so many places of a kind; primes, so that the loops' bodies are met at different places.
    private const int IndexStep = 5;
    private const int LaneStep = 3;

    public static TheoryData<string> Kernels => ["RmsNorm", "Int4Gemv", "Int4Gemm", "Attention", "Attention over int8", "Routing"];

    // Barriers that are there for what these kernels, with these shapes, do not do: use the buffer of a reduction again, have a split without a piece, give a score to another lane.
    private static int[] Spare(string kernel) => kernel switch
    {
        "RmsNorm" => [2],
        "Attention" or "Attention over int8" => [2],
        "Routing" => [8, 10],
        _ => [],
    };

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Run_BarrierRemoved_IsReportedAtEachPlace(string kernel)
    {
        var outcomes = Plant(kernel, PlantedFaultKind.BarrierRemoved, 1).Where(outcome => !Spare(kernel).Contains(outcome.Ordinal)).ToList();
        Assert.NotEmpty(outcomes);
        Assert.All(outcomes, outcome => Assert.True(outcome.Fault is FaultKind.Race or FaultKind.UninitializedShared or FaultKind.BarrierDivergence, $"{kernel}, barrier {outcome.Ordinal} left out: {outcome.Fault}, results {(outcome.IsDifferent ? "differ" : "stay")}"));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Run_IndexOneOff_IsNoticed(string kernel) => AllNoticed(kernel, PlantedFaultKind.IndexOneOff, IndexStep);

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Run_LanesAlike_IsNoticed(string kernel) => AllNoticed(kernel, PlantedFaultKind.LanesAlike, LaneStep);

    private static void AllNoticed(string kernel, PlantedFaultKind kind, int step)
    {
        var outcomes = Plant(kernel, kind, step);
        Assert.All(outcomes, outcome => Assert.True(outcome.Fault is not null || outcome.IsDifferent, $"{kernel}, {kind} {outcome.Ordinal}: not noticed"));
        // Most by the simulator, which says where.
        Assert.Contains(outcomes, outcome => outcome.Fault is not null);
    }

    private static List<Outcome> Plant(string kernel, PlantedFaultKind kind, int step)
    {
        using var device = new TestAccelerator();
        var run = Prepare(device, kernel);
        float[] right = run();
        var outcomes = new List<Outcome>();
        for (int ordinal = 0; ; ordinal += step)
        {
            device.Accelerator.GetSimulation().Planted = new PlantedFault(kind, ordinal);
            try
            {
                float[] results = run();
                if (device.Accelerator.GetSimulation().PlantedReached)
                {
                    outcomes.Add(new Outcome(ordinal, null, !results.SequenceEqual(right)));
                }
            }
            catch (SimulationException fault)
            {
                outcomes.Add(new Outcome(ordinal, fault.Kind, false));
            }
            catch (ArgumentOutOfRangeException)
            {
                // There are no more places.
                return outcomes;
            }
        }
    }

    private static Func<float[]> Prepare(TestAccelerator device, string name)
    {
        switch (name)
        {
            case "RmsNorm":
                return RmsNorm(device);
            case "Int4Gemv":
                return Int4Gemv(device);
            case "Int4Gemm":
                return Int4Gemm(device);
            case "Routing":
                return Routing(device);
            default:
                return Attention(device, name == "Attention" ? KvType.Fp16 : KvType.Int8);
        }
    }

    private static Func<float[]> RmsNorm(TestAccelerator device)
    {
        const int Width = 300;
        var kernel = new RmsNormKernel(device.Accelerator);
        var x = device.Of(Numbers.Normal(2 * Width, seed: 1));
        var weight = device.Of(Numbers.Normal(Width, seed: 2));
        return () =>
        {
            var y = device.New<float>(2 * Width);
            kernel.Run(device.Stream, x, Width, weight, 1e-5f, y, Width, 2, 1, Width);
            return device.Read(y);
        };
    }

    private static Func<float[]> Int4Gemv(TestAccelerator device)
    {
        const int N = 32;
        const int K = 576; // three rounds of eight blocks, for experts' products are not cut along k
        using var weights = Int4Weights.Random(N, K, 32, TensorType.Float16, seed: 1);
        var view = DeviceWeights.Of(device, weights);
        var kernel = new ExpertGemmKernel(device.Accelerator);
        const int Rows = Int4GemvKernel.MaxTokens; // all that a pass takes: a fault in a row that is not there changes nothing
        var x = device.Of(Numbers.Normal(Rows * K, seed: 2));
        var tiles = device.Of(new ExpertTile[] { new() { Rows = Rows } });
        return () =>
        {
            var y = device.New<float>(Rows * N);
            kernel.Run(device.Stream, x, K, tiles, Rows, view, 0, new LinearOutput(y, N, default, false));
            return device.Read(y);
        };
    }

    private static Func<float[]> Int4Gemm(TestAccelerator device)
    {
        const int N = 64;
        const int K = 64;
        const int Tokens = 64;
        using var weights = Int4Weights.Random(N, K, 32, TensorType.Float16, seed: 1);
        var view = new Int4TileWeights(DeviceWeights.Of(device, weights));
        var kernel = new GemmKernel<Int4TileWeights>(device.Accelerator);
        var x = device.Of(Numbers.Normal(Tokens * K, seed: 2));
        return () =>
        {
            var y = device.New<float>(Tokens * N);
            kernel.Run(device.Stream, x, K, Tokens, view, new LinearOutput(y, N, default, false));
            return device.Read(y);
        };
    }

    private static Func<float[]> Attention(TestAccelerator device, KvType type)
    {
        var sequences = new DeviceSequences(device, new AttentionShape(2, 1, 32, 32, 0.2f), type, (300, 2));
        var kernel = new AttentionKernel(device.Accelerator);
        return () =>
        {
            kernel.Prefill(device.Stream, sequences.Arguments, sequences.Cache, 0, 2);
            return device.Read(sequences.Output);
        };
    }

    private static Func<float[]> Routing(TestAccelerator device)
    {
        const int Experts = 8;
        var rule = new RoutingRule(2, RouterScore.Softmax, Normalize: true) { Groups = 4, KeptGroups = 2 };
        var kernel = new RoutingKernel(device.Accelerator);
        var logits = device.Of(Numbers.Normal(2 * Experts, seed: 1));
        var bias = device.Of(Numbers.Normal(Experts, seed: 2));
        return () =>
        {
            var chosen = device.New<int>(4);
            var weights = device.New<float>(4);
            kernel.Run(device.Stream, rule, Experts, logits, Experts, bias, 2, chosen, weights);
            return [.. device.Read(chosen).Select(c => (float)c), .. device.Read(weights)];
        };
    }

    private sealed record Outcome(int Ordinal, FaultKind? Fault, bool IsDifferent);
}
