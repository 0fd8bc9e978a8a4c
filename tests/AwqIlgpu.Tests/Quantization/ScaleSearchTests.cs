using AwqIlgpu.Quantization;

namespace AwqIlgpu.Tests.Quantization;

public class ScaleSearchTests
{
    private static readonly QuantizationScheme s_robust = new(32, false, QuantizerRule.Robust);

    [Fact]
    public void Search_RobustRule_TriesIdentityAndRatioOneAndIsNeverWorseThanRounding()
    {
        for (int seed = 0; seed < 5; seed++)
        {
            var (weight, gram, x) = RandomLayer(seed);
            var loss = new GramLoss(weight, gram);
            var result = new ScaleSearch(s_robust, duoScaling: seed % 2 == 0).Search([weight], x, loss.Of);
            Assert.Equal(ScaleGrid.Size + 1, result.Losses.Length);
            Assert.Equal(result.Losses.Append(result.IdentityLoss).Min(), result.Loss);

            var rounded = weight.Copy();
            for (int start = 0; start < rounded.Values.Length; start += 32)
            {
                var group = rounded.Values.AsSpan(start, 32);
                var (min, max) = GroupFit.Range(group);
                PseudoQuantizer.RoundTrip(group, PseudoQuantizer.Fit(min, max, s_robust), s_robust, group);
            }

            Assert.Equal(loss.Of([rounded]), result.IdentityLoss);
        }
    }

    [Fact]
    public void Search_EveryScaleLosesMore_ChoosesIdentity()
    {
        var (weight, _, x) = RandomLayer(3);
        var calls = 0;
        var result = new ScaleSearch(s_robust, true).Search([weight], x, _ => calls++);
        Assert.Equal(-1, result.Step);
        Assert.All(result.Scales, s => Assert.Equal(1, s));
    }

    [Fact]
    public void Search_SharedKvHeads_GivesScalesThatAValueProjectionCanAbsorb()
    {
        var (weight, gram, x) = RandomLayer(4);
        var heads = new KvHeadSharing(4, 2, 16);
        double calls = 100;
        var result = new ScaleSearch(s_robust, true).Search([weight], x, _ => calls--, heads);
        Assert.Equal(heads.Expand(heads.Shared(result.Scales)), result.Scales);
        Assert.True(result.Scales.Distinct().Count() > 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Search_LossNeverFinite_Throws(bool parity)
    {
        var (weight, _, x) = RandomLayer(5);
        var error = Assert.Throws<InvalidDataException>(() => new ScaleSearch(s_robust with { Rule = parity ? QuantizerRule.ParitySingle : QuantizerRule.Robust }, true).Search([weight], x, _ => double.NaN));
        Assert.StartsWith("w: no scale gives a finite output error", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Search_WeightNotFinite_ThrowsNamingTheGroup()
    {
        var (weight, gram, x) = RandomLayer(6);
        weight.Values[(2 * 64) + 40] = float.NaN;
        var error = Assert.Throws<InvalidDataException>(() => new ScaleSearch(s_robust, true).Search([weight], x, new GramLoss(weight, gram).Of));
        Assert.Contains("w, row 2, columns 32 to 63", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Search_CandidateWhoseScaledWeightsPassFp16_IsNotChosen()
    {
        var (weight, gram, x) = RandomLayer(7);
        x[5] = 1e30f;
        var result = new ScaleSearch(s_robust, false).Search([weight], x, new GramLoss(weight, gram).Of);
        Assert.Contains(double.PositiveInfinity, result.Losses);
        Assert.True(double.IsFinite(result.Loss));
    }

    [Fact]
    public void Scales_DeadAndInfiniteChannels_StayPositiveAndFinite()
    {
        float[][] magnitudes = [[0, 0, 1], [0, float.MaxValue, 1], [float.PositiveInfinity, 1, 1], [1e-30f, 1e30f, 1]];
        foreach (float[] x in magnitudes)
        {
            for (int step = 0; step <= ScaleGrid.Size; step++)
            {
                Assert.All(ScaleGrid.Scales(x, [0, 1, 0.5f], step), s => Assert.True(s > 0 && float.IsFinite(s), $"{s} at step {step}"));
                Assert.All(ScaleGrid.Scales(x, [], step), s => Assert.True(s > 0 && float.IsFinite(s), $"{s} at step {step}"));
            }
        }
    }

    [Fact]
    public void WeightMagnitude_LinearsOfDifferentInputs_Throws() =>
        Assert.Throws<ArgumentException>(() => ScaleGrid.WeightMagnitude([new("a", new float[32], 1, 32), new("b", new float[64], 1, 64)], s_robust));

    private static (WeightMatrix Weight, GramMatrix Gram, float[] X) RandomLayer(int seed)
    {
        const int Tokens = 60, Rows = 24, Columns = 64;
        var random = new Random(seed);
        var weight = new WeightMatrix("w", [.. Enumerable.Range(0, Rows * Columns).Select(_ => random.NextSingle() - 0.5f)], Rows, Columns);
        float[] inputs = [.. Enumerable.Range(0, Tokens * Columns).Select(i => (random.NextSingle() - 0.5f) * (i % Columns % 13 == 0 ? 20 : 1))];
        var gram = new GramMatrix(Columns, Columns);
        gram.Add(inputs, Tokens);
        var magnitude = new InputMagnitude(Columns);
        magnitude.Add(inputs);
        return (weight, gram, magnitude.ToArray());
    }
}
