using AwqIlgpu.Quantization;

namespace AwqIlgpu.Tests.Quantization;

public class GramMatrixTests
{
    [Theory]
    [InlineData(1, 32, 32, 1)]
    [InlineData(127, 64, 64, 1)]
    [InlineData(128, 128, 64, 1)]
    [InlineData(129, 72, 72, 1)]
    [InlineData(300, 96, 16, 3)]
    [InlineData(50, 20, 5, 7)]
    public void QuadraticForms_RandomInputs_EqualTheMeanSquaredProduct(int tokens, int features, int groupSize, int step)
    {
        var random = new Random(tokens);
        float[] inputs = Uniform(random, tokens * features);
        float[] more = Uniform(random, 2 * features);
        var gram = new GramMatrix(features, groupSize);
        gram.Add(inputs, tokens, step);
        gram.Add(more, 2);
        float[][] taken = [.. inputs.Chunk(features).Where((_, t) => t % step == 0), .. more.Chunk(features)];
        Assert.Equal(taken.Length, gram.Tokens);

        const int Rows = 8;
        for (int group = 0; group < gram.Groups; group++)
        {
            var vectors = new float[Rows * gram.Stride];
            var expected = new double[Rows];
            for (int row = 0; row < Rows; row++)
            {
                float[] d = Uniform(random, groupSize);
                d.CopyTo(vectors, row * gram.Stride);
                expected[row] = taken.Average(x => Math.Pow(d.Select((v, i) => (double)v * x[(group * groupSize) + i]).Sum(), 2));
            }

            var actual = new float[Rows];
            gram.QuadraticForms(group, vectors, Rows, actual);
            Close.AfterSum($"group {group}", expected, actual);
        }
    }

    [Fact]
    public void Of_OtherWeight_EqualsTheMeanSquaredOutputDifference()
    {
        const int Tokens = 40, Rows = 37, Columns = 48;
        var random = new Random(1);
        float[] inputs = Uniform(random, Tokens * Columns);
        var weight = new WeightMatrix("w", Uniform(random, Rows * Columns), Rows, Columns);
        var other = new WeightMatrix("v", Uniform(random, Rows * Columns), Rows, Columns);
        var gram = new GramMatrix(Columns, Columns);
        gram.Add(inputs, Tokens);
        double expected = LlamaOracle.MeanSquare(LlamaOracle.Linear(inputs, weight), LlamaOracle.Linear(inputs, other));
        Close.AfterSum("loss", [expected], [(float)new GramLoss(weight, gram).Of([other])]);
        Assert.Equal(0, new GramLoss(weight, gram).Of([weight]));
    }

    [Fact]
    public void Of_GramMatrixInGroups_Throws() =>
        Assert.Throws<ArgumentException>(() => new GramLoss(new("w", new float[64], 1, 64), new GramMatrix(64, 32)).Of([new("w", new float[64], 1, 64)]));

    private static float[] Uniform(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
}
