using AwqIlgpu.Checkpoints;
using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Tests;
using AwqIlgpu.Tests.Kernels;

namespace AwqIlgpu.Gpu.Tests.Kernels;

public class GemmKernelTests
{
    [Theory]
    [InlineData(1, 8, 8, 1, nameof(TensorType.Float16))]
    [InlineData(63, 96, 32, 9, nameof(TensorType.BFloat16))]
    [InlineData(65, 128, 128, 64, nameof(TensorType.Float32))]
    [InlineData(70, 192, 96, 65, nameof(TensorType.Float16))]
    public void Run_Int4_EqualsDefinition(int n, int k, int groupSize, int tokens, string type)
    {
        using var device = new TestAccelerator();
        using var weights = Int4Weights.Random(n, k, groupSize, Enum.Parse<TensorType>(type), seed: n + k);
        float[] x = Numbers.Normal(tokens * k, seed: 3);
        float[] bias = Numbers.Normal(n, seed: 4);
        var y = device.New<float>(tokens * n);
        var kernel = new GemmKernel<Int4TileWeights>(device.Accelerator);
        kernel.Run(device.Stream, device.Of(x), k, tokens, new Int4TileWeights(DeviceWeights.Of(device, weights)), new LinearOutput(y, n, device.Of(bias), false));
        double[] expected = weights.Product(Numbers.Doubles(x), tokens);
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] += bias[i % n];
        }

        Close.AfterSum($"Int4Gemm [{n}, {k}], groups of {groupSize}, {type}, {tokens} tokens", expected, device.Read(y));
    }

    [Theory]
    [InlineData(5, 40, 10, nameof(TensorType.Float16))]
    [InlineData(66, 72, 70, nameof(TensorType.BFloat16))]
    [InlineData(64, 32, 64, nameof(TensorType.Float32))]
    public void Run_Float_EqualsDefinition(int n, int k, int tokens, string type)
    {
        using var device = new TestAccelerator();
        var (weights, values) = DeviceWeights.Random(device, n, k, Enum.Parse<TensorType>(type), seed: n);
        float[] x = Numbers.Normal(tokens * k, seed: 3);
        var y = device.New<float>(tokens * n);
        var kernel = new GemmKernel<FloatTileWeights>(device.Accelerator);
        kernel.Run(device.Stream, device.Of(x), k, tokens, new FloatTileWeights(weights), new LinearOutput(y, n, default, false));
        Close.AfterSum($"FloatGemm [{n}, {k}], {type}, {tokens} tokens", DeviceWeights.Product(x, values, tokens, n, k), device.Read(y));
    }
}
