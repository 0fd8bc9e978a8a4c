using AwqIlgpu.Checkpoints;
using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Kernels;
using AwqIlgpu.Tests;
using AwqIlgpu.Tests.Kernels;

namespace AwqIlgpu.Gpu.Tests.Kernels;

/// <summary>Kernels in which every element stands alone.</summary>
public class ElementKernelTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_EachActivation_EqualsReference(bool gated)
    {
        const int Width = 257;
        const int Stride = 2 * Width;
        foreach (var activation in Enum.GetValues<Activation>())
        {
            using var device = new TestAccelerator();
            float[] x = [.. Numbers.Normal(2 * Stride, seed: 1).Select(v => 4 * v)];
            var memory = device.Of(x);
            new ActivationKernel(device.Accelerator).Run(device.Stream, activation, memory, gated ? memory.SubView(Width) : default, Stride, Stride, 2, Width);
            double[] expected = Numbers.Doubles(x);
            for (int i = 0; i < expected.Length; i++)
            {
                if (i % Stride < Width)
                {
                    expected[i] = AwqIlgpu.Kernels.Activations.Reference(activation, x[i]) * (gated ? x[i + Width] : 1);
                }
            }

            Close.Activation($"{activation}", expected, device.Read(memory));
        }
    }

    [Theory]
    [InlineData(nameof(TensorType.Float16))]
    [InlineData(nameof(TensorType.BFloat16))]
    [InlineData(nameof(TensorType.Float32))]
    public void Run_Embedding_CopiesRows(string type)
    {
        const int Hidden = 259;
        using var device = new TestAccelerator();
        var (table, values) = DeviceWeights.Random(device, 5, Hidden, Enum.Parse<TensorType>(type), seed: 8);
        int[] ids = [4, 0, 4];
        var y = device.New<float>(ids.Length * Hidden);
        new EmbeddingKernel(device.Accelerator).Run(device.Stream, table, device.Of(ids), 0, 1, false, ids.Length, y, Hidden);
        Assert.Equal(ids.SelectMany(id => values.AsSpan(id * Hidden, Hidden).ToArray()).Select(v => (float)v), device.Read(y));
    }

    [Fact]
    public void Gather_ThenAdd_SumsRows()
    {
        const int Width = 300;
        using var device = new TestAccelerator();
        float[] x = Numbers.Normal(4 * Width, seed: 1);
        int[] rows = [3, 1];
        var y = device.New<float>(2 * Width);
        var kernel = new RowsKernel(device.Accelerator);
        kernel.Gather(device.Stream, device.Of(x), Width, device.Of(rows), y, Width, 2, Width);
        kernel.Add(device.Stream, device.Of(x), Width, 1, y, Width, 2, Width);
        Assert.Equal(Enumerable.Range(0, 2 * Width).Select(i => x[((i < Width ? 3 : 1) * Width) + (i % Width)] + x[i]), device.Read(y));
    }

    [Fact]
    public void ToHalf_EveryHalfAndBetween_RoundsAsTheProcessor()
    {
        // Each half, and the float a little above and below the middle to the next.
        float[] values =
        [
            .. Enumerable.Range(0, 0x7C00).SelectMany(bits =>
            {
                float half = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
                float middle = (half + (float)BitConverter.UInt16BitsToHalf((ushort)(bits + 1))) / 2;
                return float.IsFinite(middle) ? [half, -middle, MathF.BitIncrement(middle), -MathF.BitDecrement(middle)] : new[] { half };
            }),
        ];
        foreach (float value in values)
        {
            ushort expected = BitConverter.HalfToUInt16Bits((Half)Math.Clamp(value, -65504, 65504));
            Assert.Equal(expected, FloatBits.ToHalf(value));
            Assert.Equal((float)BitConverter.UInt16BitsToHalf(expected), FloatBits.LowHalf(expected));
            Assert.Equal((float)BitConverter.UInt16BitsToHalf(expected), FloatBits.HighHalf((uint)expected << 16));
        }
    }
}
