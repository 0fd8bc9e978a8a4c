using System.Runtime.Intrinsics;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public class VectorMathTests
{
    [Fact]
    public void Exp_FromUnderflowToOverflow_IsWithinElementwise()
    {
        var expected = new List<double>();
        var actual = new List<float>();
        for (float x = -87; x < 88; x += 0.0137f)
        {
            // Relative, so that the small end counts as much as the large one.
            expected.Add(1);
            actual.Add((float)(VectorMath.Exp(Vector256.Create(x)).GetElement(3) / Math.Exp(x)));
        }

        Close.Elementwise("exp(x) / e^x", [.. expected], [.. actual]);
    }

    [Theory]
    [InlineData(0f, 1f)]
    [InlineData(-100f, 0f)]
    [InlineData(-60000f, 0f)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(89f, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void Exp_SpecialValue_IsExact(float x, float expected) => Assert.Equal(expected, VectorMath.Exp(Vector256.Create(x)).GetElement(0));

    [Fact]
    public void Exp2_FromUnderflowToOverflow_IsWithinElementwise()
    {
        var expected = new List<double>();
        var actual = new List<float>();
        foreach (float x in Enumerable.Range(0, 18541).Select(i => -126 + (i * 0.0137f)).Append(127.99999f))
        {
            expected.Add(1);
            actual.Add((float)(VectorMath.Exp2(Vector256.Create(x)).GetElement(3) / Math.Pow(2, x)));
        }

        Close.Budget("exp2(x) / 2^x", 2e-7, [.. expected], [.. actual]);
    }

    [Theory]
    [InlineData(0f, 1f)]
    [InlineData(7f, 128f)]
    [InlineData(-126f, 1.17549435e-38f)]
    [InlineData(-126.01f, 0f)]
    [InlineData(float.MinValue, 0f)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(float.NaN, float.NaN)]
    public void Exp2_SpecialValue_IsExact(float x, float expected) => Assert.Equal(expected, VectorMath.Exp2(Vector256.Create(x)).GetElement(0));

    [Fact]
    public void Tanh_Sweep_IsRelativelyExact()
    {
        var expected = new List<double>();
        var actual = new List<float>();
        for (float x = 1e-6f; x < 20; x *= 1.01f)
        {
            expected.AddRange([1, -1]);
            actual.Add((float)(VectorMath.Tanh(Vector256.Create(x)).GetElement(0) / Math.Tanh(x)));
            actual.Add((float)(VectorMath.Tanh(Vector256.Create(-x)).GetElement(0) / Math.Tanh(x)));
        }

        Close.Elementwise("tanh(x) / tanh x", [.. expected], [.. actual]);
    }

    [Fact]
    public void SumAndMax_EightLanes_CountEachOnce()
    {
        var lanes = Vector256.Create(1f, 2, 4, 8, 16, 32, 64, 128);
        Assert.Equal(255, VectorMath.Sum(lanes));
        for (int largest = 0; largest < 8; largest++)
        {
            Assert.Equal(1000, VectorMath.Max(lanes.WithElement(largest, 1000)));
        }
    }
}
