using AwqIlgpu.Quantization;

namespace AwqIlgpu.Tests.Quantization;

public class ErrorFeedbackTests
{
    private static readonly QuantizationScheme s_scheme = new(32, false, QuantizerRule.Robust);

    [Theory]
    [InlineData(32, 5, 32)]
    [InlineData(96, 67, 32)]
    [InlineData(160, 4, 32)]
    [InlineData(43, 7, -1)]
    public void Quantize_CorrelatedInputs_EqualsTheDefinition(int features, int rows, int groupSize)
    {
        var scheme = s_scheme with { GroupSize = groupSize };
        var (weight, gram) = Case(features, rows, tokens: 4 * features);
        var actual = new ErrorFeedback(gram).Quantize(weight, [], scheme);
        var expected = Definition(weight, gram, scheme);

        // A sum in another order may carry a weight over a tie between two codes.
        int equal = actual.Values.Zip(expected).Count(pair => pair.First == pair.Second);
        Assert.True(equal >= actual.Values.Length * 0.99, $"{equal} of {actual.Values.Length} codes are those of the definition");
    }

    [Fact]
    public void Quantize_CorrelatedInputs_MovesTheOutputLessThanNearest()
    {
        var (weight, gram) = Case(128, 16, tokens: 512);
        var loss = new GramLoss(weight, gram);
        double nearest = loss.Of([PseudoQuantizer.Quantize(weight, s_scheme).Dequantize("w")]);
        double feedback = loss.Of([new ErrorFeedback(gram).Quantize(weight, [], s_scheme).Dequantize("w")]);
        Assert.True(feedback < nearest / 2, $"feedback {feedback}, nearest {nearest}");
    }

    [Fact]
    public void Quantize_InputsThatDoNotCorrelate_EqualsNearest()
    {
        var (weight, _) = Case(64, 8, tokens: 1);
        var gram = new GramMatrix(64, 64);
        var inputs = new float[64 * 64];
        for (int i = 0; i < 64; i++)
        {
            inputs[i * 65] = 1 + i;
        }

        gram.Add(inputs, 64);
        Assert.Equal(PseudoQuantizer.Quantize(weight, s_scheme).Values, new ErrorFeedback(gram).Quantize(weight, [], s_scheme).Values);
    }

    [Fact]
    public void Quantize_InputsAllZero_EqualsNearest()
    {
        var (weight, _) = Case(64, 3, tokens: 1);
        var gram = new GramMatrix(64, 64);
        gram.Add(new float[640], 10);
        Assert.Equal(PseudoQuantizer.Quantize(weight, s_scheme).Values, new ErrorFeedback(gram).Quantize(weight, [], s_scheme).Values);
    }

    [Fact]
    public void Quantize_WeightNaN_NamesItsGroup()
    {
        var (weight, gram) = Case(64, 2, tokens: 64);
        weight.Values[70] = float.NaN;
        var error = Assert.Throws<InvalidDataException>(() => new ErrorFeedback(gram).Quantize(weight, [], s_scheme));
        Assert.Contains("row 1, columns 0 to 31", error.Message, StringComparison.Ordinal);
    }

    private static (WeightMatrix Weight, GramMatrix Gram) Case(int features, int rows, int tokens)
    {
        var random = new Random(features);
        float next() => (float)((random.NextDouble() * 2) - 1);
        var weight = new WeightMatrix("w", [.. Enumerable.Range(0, rows * features).Select(_ => next())], rows, features);
        var inputs = new float[tokens * features];
        for (int token = 0; token < tokens; token++)
        {
            float common = next() * 3;
            for (int i = 0; i < features; i++)
            {
                inputs[(token * features) + i] = (common + next()) * (1 + (i % 5));
            }
        }

        var gram = new GramMatrix(features, features);
        gram.Add(inputs, tokens);
        return (weight, gram);
    }

    /// <summary>Rounds one weight after the other and moves all that remain to where they make up for it best: w_R += e (C_RR)^-1 C_Rk, by solving in double.</summary>
    private static byte[] Definition(WeightMatrix weight, GramMatrix gram, QuantizationScheme scheme)
    {
        int features = weight.Columns;
        int groupSize = scheme.GroupSizeFor(features);
        double damping = Enumerable.Range(0, features).Average(i => (double)gram.At(0, i, i)) * 0.01;
        int[] order = [.. Enumerable.Range(0, features).OrderBy(i => gram.At(0, i, i)).Reverse()];
        double at(int i, int j) => gram.At(0, i, j) + (i == j ? damping : 0);
        var values = new byte[weight.Values.Length];
        double[][] moves = new double[features][]; // moves[k][r]: what one unit of error at order[k] adds to order[r]
        for (int k = 0; k < features; k++)
        {
            int[] rest = order[(k + 1)..];
            moves[k] = Solve(rest.Length, (i, j) => at(rest[i], rest[j]), i => at(rest[i], order[k]));
        }

        for (int row = 0; row < weight.Rows; row++)
        {
            double[] target = [.. order.Select(i => (double)weight.Row(row)[i])];
            for (int k = 0; k < features; k++)
            {
                int column = order[k];
                var fit = PseudoQuantizer.FitGroup(weight, row, column / groupSize, groupSize, scheme);
                double code = Math.Clamp(Math.Round(target[k] / fit.Scale) + fit.ZeroPoint, 0, 15);
                values[(row * features) + column] = (byte)code;
                double error = target[k] - ((code - fit.ZeroPoint) * fit.Scale);
                for (int r = k + 1; r < features; r++)
                {
                    target[r] += error * moves[k][r - k - 1];
                }
            }
        }

        return values;
    }

    private static double[] Solve(int n, Func<int, int, double> matrix, Func<int, double> right)
    {
        var a = new double[n, n + 1];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                a[i, j] = matrix(i, j);
            }

            a[i, n] = right(i);
        }

        for (int pivot = 0; pivot < n; pivot++)
        {
            for (int i = pivot + 1; i < n; i++)
            {
                double factor = a[i, pivot] / a[pivot, pivot];
                for (int j = pivot; j <= n; j++)
                {
                    a[i, j] -= factor * a[pivot, j];
                }
            }
        }

        var x = new double[n];
        for (int i = n - 1; i >= 0; i--)
        {
            double sum = a[i, n];
            for (int j = i + 1; j < n; j++)
            {
                sum -= a[i, j] * x[j];
            }

            x[i] = sum / a[i, i];
        }

        return x;
    }
}
