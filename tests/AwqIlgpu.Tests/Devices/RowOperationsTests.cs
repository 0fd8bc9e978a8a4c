using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;
using AwqIlgpu.Tests.Kernels;

namespace AwqIlgpu.Tests.Devices;

/// <summary>Operations on rows that lie in wider ones, against their formulas.</summary>
public unsafe class RowOperationsTests
{
    private const int Rows = 3;
    private const int Stride = 40;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void NormRows_WeightForEachHead_NormalisesEachWithItsOwn(bool isRms)
    {
        const int Heads = 3, Width = 11;
        float[] x = Numbers.Normal(Rows * Stride, 1);
        float[] weight = Numbers.Normal(Heads * Width, 2);
        float[] expected = [.. x];
        for (int i = 0; i < Rows * Heads; i++)
        {
            var (row, head) = Math.DivRem(i, Heads);
            var from = x.AsSpan((row * Stride) + (head * Width), Width);
            var to = expected.AsSpan((row * Stride) + (head * Width), Width);
            if (isRms)
            {
                RmsNorm.Reference(from, weight.AsSpan(head * Width, Width), 1e-5f, to);
            }
            else
            {
                LayerNorm.Reference(from, Width, weight.AsSpan(head * Width, Width), [], 1e-5f, to);
            }
        }

        fixed (float* px = x, pw = weight)
        {
            new NormRows(isRms, px, Stride, pw, null, 1e-5f, px, Stride, Heads, Width, Width).Run(0, Rows);
        }

        Close.AfterSum("norm", Numbers.Doubles(expected), x);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void GateRows_WithoutGate_AppliesFactorsOfColumns(bool scaled)
    {
        const int Width = 13;
        float[] x = Numbers.Normal(Rows * Stride, 3);
        float[] factors = Numbers.Normal(Width, 4);
        double[] expected = Numbers.Doubles(x);
        for (int i = 0; i < Rows * Width; i++)
        {
            var (row, column) = Math.DivRem(i, Width);
            expected[(row * Stride) + column] = Activations.Reference(Activation.GeluErf, x[(row * Stride) + column]) * (scaled ? factors[column] : 1);
        }

        fixed (float* px = x, pf = factors)
        {
            new GateRows(Activation.GeluErf, px, Stride, scaled ? pf : null, 0, Width).Run(0, Rows);
        }

        Close.Activation("plain block", expected, x);
    }

    [Fact]
    public void RouteRows_NaN_NamesTheLayer()
    {
        float[] logits = [1, 2, 3, float.NaN];
        int[] experts = new int[2];
        float[] weights = new float[2];
        var refused = Assert.Throws<InvalidDataException>(() =>
        {
            fixed (float* pl = logits, pw = weights)
            fixed (int* pe = experts)
            {
                new RouteRows(new RoutingRule(1, RouterScore.Softmax, true), 7, pl, 2, 2, null, pe, pw).Run(0, 2);
            }
        });
        Assert.Contains("Layer 7", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ScatterThenCombine_AnyPlaces_GivesWeightedSums()
    {
        const int Width = 9, PerToken = 2;
        float[] x = Numbers.Normal(Rows * Stride, 5);
        int[] places = [4, 1, 0, 5, 3, 2];
        float[] weights = Numbers.Normal(Rows * PerToken, 6);
        float[] copies = new float[Rows * PerToken * Stride];
        float[] y = Numbers.Normal(Rows * Stride, 7);
        double[] expected = Numbers.Doubles(y);
        for (int i = 0; i < Rows * Width; i++)
        {
            var (row, column) = Math.DivRem(i, Width);
            expected[(row * Stride) + column] += 0.5 * (weights[row * PerToken] + weights[(row * PerToken) + 1]) * x[(row * Stride) + column];
        }

        fixed (float* px = x, pc = copies, py = y, pw = weights)
        fixed (int* pp = places)
        {
            new ScatterRows(px, Stride, pp, PerToken, pc, Stride, Width).Run(0, Rows);
            new CombineRows(pc, Stride, pp, pw, PerToken, 0.5f, py, Stride, Width).Run(0, Rows);
        }

        Close.AfterSum("experts", expected, y);
    }
}
