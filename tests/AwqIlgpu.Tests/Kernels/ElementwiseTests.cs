using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public unsafe class ElementwiseTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(33)]
    public void EachOperation_AwkwardCount_MatchesFormula(int count)
    {
        float[] a = Numbers.Normal(count, 1);
        float[] b = Numbers.Normal(count, 2);
        float[] y = new float[count + 1];
        fixed (float* pa = a, pb = b, py = y)
        {
            Elementwise.Add(pa, pb, py, count);
            Check("add", i => (double)a[i] + b[i]);
            Elementwise.Multiply(pa, pb, py, count);
            Check("multiply", i => (double)a[i] * b[i]);
            Elementwise.Scale(pa, 0.3f, py, count);
            Check("scale", i => (double)a[i] * 0.3f);
            Elementwise.AddScaled(pa, 0.3f, pb, py, count);
            Check("add scaled", i => a[i] + ((double)b[i] * 0.3f));
        }

        void Check(string operation, Func<int, double> formula)
        {
            Close.Elementwise(operation, [.. Enumerable.Range(0, count).Select(formula)], y.AsSpan(0, count));
            Assert.Equal(0, y[count]);
        }
    }

    [Fact]
    public void AddScaled_CutAnywhere_GivesTheSameBits()
    {
        const int Count = 100;
        float[] a = Numbers.Normal(Count, 3);
        float[] b = Numbers.Normal(Count, 4);
        float[] whole = new float[Count];
        float[] parts = new float[Count];
        fixed (float* pa = a, pb = b, pw = whole, pp = parts)
        {
            Elementwise.AddScaled(pa, 0.7f, pb, pw, Count);
            for (int start = 0; start < Count; start += 5)
            {
                Elementwise.AddScaled(pa + start, 0.7f, pb + start, pp + start, 5);
            }
        }

        Assert.Equal(whole, parts);
    }
}
