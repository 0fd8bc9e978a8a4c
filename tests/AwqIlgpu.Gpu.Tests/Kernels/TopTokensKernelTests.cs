using AwqIlgpu.Devices;
using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Tests;
using AwqIlgpu.Tests.Kernels;

namespace AwqIlgpu.Gpu.Tests.Kernels;

public class TopTokensKernelTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 255, 1)]
    [InlineData(2, 257, 7)]
    [InlineData(2, 4096, 1)]
    [InlineData(1, 4097, 50)]
    [InlineData(1, 9000, 3)]
    [InlineData(2, 5, 5)]
    public void Run_RandomRows_EqualsSorted(int rows, int vocabulary, int k)
    {
        float[] logits = Numbers.Normal(rows * vocabulary, seed: vocabulary);
        Check(logits, rows, vocabulary, k);
    }

    [Fact]
    public void Run_EqualLogits_GoToTheLowestId()
    {
        float[] logits = new float[4200];
        logits[4150] = logits[77] = logits[4099] = 3;
        logits[5] = logits[4100] = -0f;
        Check(logits, 1, logits.Length, 6);
    }

    [Fact]
    public void Run_NegativeInfinities_ComeLast()
    {
        float[] logits = [float.NegativeInfinity, -2, float.NegativeInfinity, -7e30f, 1e30f];
        Check(logits, 1, logits.Length, 5);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Run_RowWithoutNumbers_ShowsIt(float value)
    {
        float[] logits = Numbers.Normal(300, seed: 1);
        logits[200] = value;
        if (value == float.NegativeInfinity)
        {
            Array.Fill(logits, value);
        }

        var expected = TopToken.Of(logits);
        var top = Assert.Single(Top(logits, 1, logits.Length, 1));
        Assert.Equal((expected.Id, expected.Logit), (top.Id, top.Logit));
    }

    private static void Check(float[] logits, int rows, int vocabulary, int k)
    {
        var top = Top(logits, rows, vocabulary, k);
        for (int row = 0; row < rows; row++)
        {
            float[] values = logits[(row * vocabulary)..((row + 1) * vocabulary)];
            int[] ids = [.. Enumerable.Range(0, vocabulary).OrderByDescending(id => values[id]).ThenBy(id => id).Take(k)];
            var found = top.AsSpan(row * k, k).ToArray();
            Assert.Equal(ids, found.Select(t => t.Id));
            Assert.Equal(ids.Select(id => values[id]), found.Select(t => t.Logit));
            double logSum = values[ids[0]] + Math.Log(values.Sum(v => Math.Exp((double)v - values[ids[0]])));
            Close.AfterSum($"row {row} of [{rows}, {vocabulary}], {k} tokens", [.. ids.Select(id => values[id] - logSum)], [.. found.Select(t => t.LogProbability)]);
        }
    }

    private static TopToken[] Top(float[] logits, int rows, int vocabulary, int k)
    {
        using var device = new TestAccelerator();
        var top = device.New<TopToken>(rows * k);
        var workspace = device.New<float>(TopTokensKernel.WorkspaceFloats(rows, vocabulary, k));
        new TopTokensKernel(device.Accelerator).Run(device.Stream, device.Of(logits), vocabulary, rows, vocabulary, k, top, workspace);
        return device.Read(top);
    }
}
