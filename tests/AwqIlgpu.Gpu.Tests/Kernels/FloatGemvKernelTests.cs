using AwqIlgpu.Checkpoints;
using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Tests;
using AwqIlgpu.Tests.Kernels;

namespace AwqIlgpu.Gpu.Tests.Kernels;

public class FloatGemvKernelTests
{
    [Theory]
    [InlineData(1, 8, 1)]
    [InlineData(33, 64, 2)]
    [InlineData(31, 1032, 1)]
    [InlineData(35, 1030, 3)]
    [InlineData(70, 264, 8)]
    [InlineData(3, 7, 5)]
    public void Run_AwkwardShapes_EqualsDefinition(int n, int k, int tokens)
    {
        foreach (var type in new[] { TensorType.Float16, TensorType.BFloat16, TensorType.Float32 })
        {
            using var device = new TestAccelerator();
            var (weights, values) = DeviceWeights.Random(device, n, k, type, seed: n);
            float[] x = Numbers.Normal(tokens * k, seed: 3);
            var y = device.New<float>(tokens * n);
            new FloatGemvKernel(device.Accelerator).Run(device.Stream, device.Of(x), k, tokens, weights, new LinearOutput(y, n, default, false));
            Close.AfterSum($"FloatGemv [{n}, {k}], {type}, {tokens} tokens", DeviceWeights.Product(x, values, tokens, n, k), device.Read(y));
        }
    }
}
