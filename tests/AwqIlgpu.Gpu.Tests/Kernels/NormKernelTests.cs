using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Kernels;
using AwqIlgpu.Tests;
using AwqIlgpu.Tests.Kernels;

namespace AwqIlgpu.Gpu.Tests.Kernels;

public class NormKernelTests
{
    private const float Epsilon = 1e-5f;

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 1, 127)]
    [InlineData(2, 4, 128)]
    [InlineData(1, 3, 129)]
    [InlineData(2, 1, 1024)]
    public void Run_Rms_EqualsReference(int rows, int segments, int width)
    {
        using var device = new TestAccelerator();
        float[] x = Numbers.Normal(rows * segments * width, seed: width);
        float[] weight = Numbers.Normal(width, seed: 2);
        float[] expected = new float[x.Length];
        RmsNorm.Reference(x, weight, Epsilon, expected);
        var y = device.Of(x);
        new RmsNormKernel(device.Accelerator).Run(device.Stream, y, segments * width, device.Of(weight), Epsilon, y, segments * width, rows, segments, width);
        Close.AfterSum($"RmsNorm [{rows}, {segments}, {width}]", Numbers.Doubles(expected), device.Read(y));
    }

    [Theory]
    [InlineData(1, 1, 2, true)]
    [InlineData(3, 1, 127, false)]
    [InlineData(2, 4, 128, true)]
    [InlineData(1, 3, 129, false)]
    public void Run_Layer_EqualsReference(int rows, int segments, int width, bool hasBias)
    {
        using var device = new TestAccelerator();
        float[] x = Numbers.Normal(rows * segments * width, seed: width);
        float[] weight = Numbers.Normal(width, seed: 2);
        float[] bias = hasBias ? Numbers.Normal(width, seed: 3) : [];
        float[] expected = new float[x.Length];
        LayerNorm.Reference(x, width, weight, bias, Epsilon, expected);
        var y = device.New<float>(x.Length);
        new LayerNormKernel(device.Accelerator).Run(device.Stream, device.Of(x), segments * width, device.Of(weight), hasBias ? device.Of(bias) : default, Epsilon, y, segments * width, rows, segments, width);
        Close.AfterSum($"LayerNorm [{rows}, {segments}, {width}]", Numbers.Doubles(expected), device.Read(y));
    }
}
