using AwqIlgpu.Checkpoints;
using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Tests;
using AwqIlgpu.Tests.Kernels;

namespace AwqIlgpu.Gpu.Tests.Kernels;

public class Int4GemvKernelTests
{
    [Theory]
    [InlineData(1, 8, 8, 1)]
    [InlineData(16, 64, 32, 2)]
    [InlineData(17, 96, 32, 3)]
    [InlineData(130, 256, 64, 1)]
    [InlineData(48, 1152, 128, 5)]
    [InlineData(20, 2176, 128, 1)]
    [InlineData(20, 2176, 128, 4)]
    [InlineData(33, 480, 96, 8)]
    [InlineData(129, 1024, 1024, 7)]
    public void Run_AwkwardShapes_EqualsDefinition(int n, int k, int groupSize, int tokens)
    {
        foreach (var type in new[] { TensorType.Float16, TensorType.BFloat16, TensorType.Float32 })
        {
            using var device = new TestAccelerator();
            using var weights = Int4Weights.Random(n, k, groupSize, type, seed: n + k);
            float[] x = Numbers.Normal(tokens * k, seed: 3);
            var y = device.New<float>(tokens * n);
            Run(device, weights, x, tokens, new LinearOutput(y, n, default, false));
            Close.AfterSum($"Int4Gemv [{n}, {k}], groups of {groupSize}, {type}, {tokens} tokens", weights.Product(Numbers.Doubles(x), tokens), device.Read(y));
        }
    }

    [Theory]
    [InlineData(20, 64)]
    [InlineData(20, 2176)]
    public void Run_BiasAndAccumulate_AddsBoth(int n, int k)
    {
        using var device = new TestAccelerator();
        using var weights = Int4Weights.Random(n, k, 32, TensorType.Float16, seed: 5);
        float[] x = Numbers.Normal(2 * k, seed: 3);
        float[] bias = Numbers.Normal(n, seed: 4);
        float[] before = Numbers.Normal(2 * n, seed: 6);
        var y = device.Of(before);
        Run(device, weights, x, 2, new LinearOutput(y, n, device.Of(bias), true));
        double[] expected = weights.Product(Numbers.Doubles(x), 2);
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] += before[i] + bias[i % n];
        }

        Close.AfterSum("Int4Gemv with bias", expected, device.Read(y));
    }

    private static void Run(TestAccelerator device, Int4Weights weights, float[] x, int tokens, LinearOutput y)
    {
        var shape = weights.Packed.Shape;
        var workspace = device.New<float>(Int4GemvKernel.WorkspaceFloats(shape));
        new Int4GemvKernel(device.Accelerator).Run(device.Stream, device.Of(x), shape.InFeatures, tokens, DeviceWeights.Of(device, weights), y, workspace);
    }
}
