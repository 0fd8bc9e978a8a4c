using AwqIlgpu.Quantization;

namespace AwqIlgpu.Tests.Quantization;

public class ClipSearchTests
{
    [Theory]
    [InlineData(false, false, 32)]
    [InlineData(false, true, 0)]
    [InlineData(true, false, 24)]
    public void Search_RandomLayer_FindsTheLeastErrorOverTokens(bool parity, bool symmetric, int groupSize)
    {
        const int Tokens = 50, Rows = 37, Columns = 96;
        var random = new Random(7);
        float[] inputs = [.. Enumerable.Range(0, Tokens * Columns).Select(i => Normal(random) * (i % 11 == 0 ? 8 : 1))];
        var weight = new WeightMatrix("w", [.. Enumerable.Range(0, Rows * Columns).Select(i => Normal(random) * (i % 29 == 0 ? 3 : 1))], Rows, Columns);
        var scheme = new QuantizationScheme(groupSize, symmetric, parity ? QuantizerRule.ParitySingle : QuantizerRule.Robust);
        int size = scheme.GroupSizeFor(Columns);
        var gram = new GramMatrix(Columns, size);
        gram.Add(inputs, Tokens);
        var result = new ClipSearch(scheme).Search(weight, gram);

        var expected = new double[ClipSearch.Steps][]; // [steps][N * G]
        for (int step = 0; step < ClipSearch.Steps; step++)
        {
            expected[step] = new double[result.Steps.Length];
            for (int at = 0; at < result.Steps.Length; at++)
            {
                float[] w = weight.Values.AsSpan(at * size, size).ToArray();
                float limit = w.Max(Math.Abs) * (float)(1 - (step / 20.0));
                float[] q = [.. w.Select(v => Math.Clamp(v, -limit, limit))];
                PseudoQuantizer.RoundTrip(q, PseudoQuantizer.Fit(q.Min(), q.Max(), scheme), scheme, q);
                int first = at % (Columns / size) * size;
                expected[step][at] = inputs.Chunk(Columns).Average(x => Math.Pow(q.Select((v, i) => ((double)v - w[i]) * x[first + i]).Sum(), 2));
                Assert.True(step != result.Steps[at] || limit == result.MaxValues[at], $"limit {at}");
            }
        }

        Close.AfterSum("unclipped", expected[0], result.UnclippedErrors);
        Close.AfterSum("chosen", [.. result.Steps.Select((step, at) => expected[step][at])], result.Errors);
        Close.AfterSum("least", [.. result.Steps.Select((_, at) => expected.Min(errors => errors[at]))], result.Errors);
        Assert.Contains(result.Steps, s => s > 0);
    }

    [Fact]
    public void Search_ZeroGroup_ClipsNothing()
    {
        var gram = new GramMatrix(32, 32);
        gram.Add(Enumerable.Repeat(1f, 32).ToArray(), 1);
        var result = new ClipSearch(new(32, false, QuantizerRule.Robust)).Search(new("w", new float[32], 1, 32), gram);
        Assert.Equal([0], result.Steps);
        Assert.Equal([0], result.MaxValues);
    }

    [Fact]
    public void Search_GramMatrixOfOtherGroups_Throws() =>
        Assert.Throws<ArgumentException>(() => new ClipSearch(new(32, false, QuantizerRule.Robust)).Search(new("w", new float[64], 1, 64), new GramMatrix(64, 64)));

    [Fact]
    public void Search_WeightNotFinite_ThrowsNamingTheGroup()
    {
        var gram = new GramMatrix(64, 32);
        gram.Add(new float[64], 1);
        var weight = new WeightMatrix("layer.weight", new float[128], 2, 64);
        weight.Values[100] = float.NaN;
        var error = Assert.Throws<InvalidDataException>(() => new ClipSearch(new(32, false, QuantizerRule.Robust)).Search(weight, gram));
        Assert.Contains("layer.weight, row 1, columns 32 to 63", error.Message, StringComparison.Ordinal);
    }

    private static float Normal(Random random) => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
