using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public class LogSumExpTests
{
    [Fact]
    public void Exp_WholeRange_WithinTwoUnitsInTheLastPlace()
    {
        var random = new Random(1);
        for (int i = 0; i < 20_000; i++)
        {
            double x = -708 * Math.Pow(random.NextDouble(), 3);
            long distance = BitConverter.DoubleToInt64Bits(LogSumExp.Exp(x)) - BitConverter.DoubleToInt64Bits(Math.Exp(x));
            Assert.True(Math.Abs(distance) <= 2, $"exp({x:R}): {LogSumExp.Exp(x):R}, expected {Math.Exp(x):R}");
        }
    }

    [Theory]
    [InlineData(0.0, 1.0)]
    [InlineData(-708.5, 0.0)]
    [InlineData(double.NegativeInfinity, 0.0)]
    [InlineData(double.MinValue, 0.0)]
    public void Exp_Ends_Exact(double x, double expected) => Assert.Equal(expected, LogSumExp.Exp(x));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(1001)]
    public void Sum_AnyLength_BitEqualToEightScalarSums(int length)
    {
        var logits = RandomLogits(length, length);
        const float Max = 9;
        const double InverseTemperature = 1 / 0.7;
        var lanes = new double[8];
        int whole = length / 8 * 8;
        for (int i = 0; i < whole; i++)
        {
            lanes[i % 8] += LogSumExp.Exp(((double)logits[i] - Max) * InverseTemperature);
        }

        double expected = lanes[0] + lanes[4] + (lanes[1] + lanes[5]) + (lanes[2] + lanes[6]) + (lanes[3] + lanes[7]);
        for (int i = whole; i < length; i++)
        {
            expected += LogSumExp.Exp(((double)logits[i] - Max) * InverseTemperature);
        }

        Assert.Equal(expected, LogSumExp.Sum(logits, Max, InverseTemperature));
    }

    [Fact]
    public void Max_NanAnywhere_IsNan()
    {
        for (int at = 0; at < 19; at++)
        {
            var values = RandomLogits(19, 5);
            Assert.Equal(values.Max(), LogSumExp.Max(values));
            values[at] = float.NaN;
            Assert.True(float.IsNaN(LogSumExp.Max(values)), $"NaN at {at} of 19");
        }
    }

    private static float[] RandomLogits(int length, int seed)
    {
        var random = new Random(seed);
        var logits = new float[length];
        for (int i = 0; i < length; i++)
        {
            logits[i] = random.Next(20) == 0 ? float.NegativeInfinity : (random.NextSingle() * 18) - 9;
        }

        return logits;
    }
}
