using AwqIlgpu.Checkpoints;
using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Gpu.Tests.Kernels;
using AwqIlgpu.Tests;
using AwqIlgpu.Tests.Kernels;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Simulation;

namespace AwqIlgpu.Gpu.Tests.Costs;

/// <summary>The tensor cores' product, lane by lane on the simulator, against the portable one.</summary>
public class TensorGemmKernelTests
{
    // Activations and weights rounded to fp16, each 2^-11 of its size at the most.
    private const double HalfBudget = 1e-3;

    [Theory]
    [InlineData(64, 64, 32, 64)]
    [InlineData(130, 96, 32, 70)]
    [InlineData(40, 72, 24, 9)]
    public void Run_AwkwardShapes_EqualsThePortableKernel(int n, int k, int groupSize, int tokens)
    {
        using var device = new TestAccelerator();
        using var weights = Int4Weights.Random(n, k, groupSize, TensorType.Float16, seed: n);
        var view = new Int4TileWeights(DeviceWeights.Of(device, weights));
        var x = device.Of(Numbers.Normal(tokens * k, seed: 3));
        var bias = device.Of(Numbers.Normal(n, seed: 4));
        var expected = device.New<float>(tokens * n);
        var actual = device.New<float>(tokens * n);
        new GemmKernel<Int4TileWeights>(device.Accelerator).Run(device.Stream, x, k, tokens, view, new LinearOutput(expected, n, bias, false));
        new TensorGemmKernel(device.Accelerator).Run(device.Stream, x, k, tokens, view, new LinearOutput(actual, n, bias, false));
        Close.RelativeRms($"[{n}, {k}], {tokens} tokens", HalfBudget, Numbers.Doubles(device.Read(expected)), device.Read(actual));
    }

    [Fact]
    public void Run_ValuesThatHalvesHold_IsExact()
    {
        const int N = 64;
        const int K = 64;
        using var device = new TestAccelerator(counting: true);
        var random = new Random(1);
        byte[] q = [.. Enumerable.Range(0, N * K).Select(_ => (byte)random.Next(16))];
        byte[] zeroPoints = [.. Enumerable.Range(0, N * 2).Select(_ => (byte)random.Next(16))];
        float[] scales = [.. Enumerable.Range(0, N * 2).Select(_ => 0.125f)];
        using var weights = new Int4Weights(N, K, 32, TensorType.Float16, q, zeroPoints, scales);
        float[] x = [.. Enumerable.Range(0, N * K).Select(_ => random.Next(-8, 9) / 4f)];
        // Beyond the largest half it stays there.
        x[0] = 1e6f;
        var y = device.New<float>(N * N);
        new TensorGemmKernel(device.Accelerator).Run(device.Stream, device.Of(x), K, N, new Int4TileWeights(DeviceWeights.Of(device, weights)), new LinearOutput(y, N, default, false));
        x[0] = 65504;
        Assert.Equal(weights.Product(Numbers.Doubles(x), N).Select(v => (float)v), device.Read(y));
        Assert.Equal(0, device.Counters.BankConflicts);
    }

    [Theory]
    [InlineData(7, 5, false)]
    [InlineData(8, 0, true)]
    [InlineData(9, 0, true)]
    public void IsSupported_Architectures_FromAmpereOn(int major, int minor, bool expected)
    {
        using var context = Context.Create(builder => builder.Simulate(AcceleratorType.Cuda, new SimulatedDevice { SmMajor = major, SmMinor = minor }));
        using var accelerator = context.Devices[0].CreateAccelerator(context);
        Assert.Equal(expected, TensorGemmKernel.IsSupported(accelerator));
        Assert.IsType<CudaAccelerator>(accelerator);
    }
}
