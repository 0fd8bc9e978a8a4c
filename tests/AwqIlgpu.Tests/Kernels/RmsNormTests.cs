using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public unsafe class RmsNormTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(8, 2)]
    [InlineData(9, 1)]
    [InlineData(31, 1)]
    [InlineData(33, 1)]
    [InlineData(128, 5)]
    [InlineData(4096, 1)]
    public void Run_SegmentsInStridedRows_MatchReference(int width, int segments)
    {
        const int Rows = 3;
        int stride = (width * segments) + 5;
        float[] x = Numbers.Normal(Rows * stride, width);
        float[] weight = Numbers.Normal(width, 1);
        float[] y = [.. x];
        fixed (float* px = x, pw = weight, py = y)
        {
            RmsNorm.Run(px, stride, pw, 1e-6f, py, stride, Rows, segments, width);
        }

        for (int row = 0; row < Rows; row++)
        {
            var expected = new float[width * segments];
            RmsNorm.Reference(x.AsSpan(row * stride, width * segments), weight, 1e-6f, expected);
            Close.AfterSum($"row {row}", Numbers.Doubles(expected), y.AsSpan(row * stride, width * segments));
            Assert.Equal(x.AsSpan((row * stride) + (width * segments), 5), y.AsSpan((row * stride) + (width * segments), 5));
        }
    }

    [Fact]
    public void Run_WithoutWeightInPlace_MatchesOnes()
    {
        float[] x = Numbers.Normal(45, 2);
        var expected = new float[45];
        float[] ones = [.. Enumerable.Repeat(1f, 45)];
        RmsNorm.Reference(x, ones, 1e-5f, expected);
        fixed (float* px = x)
        {
            RmsNorm.Run(px, 45, null, 1e-5f, px, 45, 1, 1, 45);
        }

        Close.AfterSum("no weight", Numbers.Doubles(expected), x);
    }

    [Fact]
    public void Reference_LengthNotAMultipleOfWidth_Throws() =>
        Assert.Throws<ArgumentException>(() => RmsNorm.Reference(new float[5], new float[2], 0, new float[5]));
}
