using System.Buffers;

namespace AwqIlgpu.Quantization;

/// <summary>How far a linear layer's output moves when its weight changes, without running it.</summary>
/// <remarks>
/// <para>Math: <c>mean over tokens and outputs of ((V - W) x)^2 = trace(D C D') / N</c> with D = V - W, [N, K], and C the inputs' <see cref="GramMatrix"/> of all K features.</para>
/// <para>Cost: N * K^2 / 2 multiplications for each V, so it beats a forward pass where K is below twice the number of tokens.</para>
/// </remarks>
/// <param name="weight">W, the weight that is the truth.</param>
/// <param name="inputs">The inputs' Gram matrix, as one group of all features.</param>
internal sealed class GramLoss(WeightMatrix weight, GramMatrix inputs)
{
    private const int RowsAtOnce = 32;

    /// <summary>The mean squared difference of the outputs; an <see cref="OutputLoss"/> of a group of one linear.</summary>
    /// <param name="replacement">One matrix of W's shape, V.</param>
    public double Of(IReadOnlyList<WeightMatrix> replacement)
    {
        if (replacement.Count != 1 || inputs.Groups != 1 || inputs.Features != weight.Columns)
        {
            throw new ArgumentException($"{weight.Name}: the closed form takes one linear and one Gram matrix of its {weight.Columns} inputs; found {replacement.Count} linears, {inputs.Groups} groups, {inputs.Features} features.", nameof(replacement));
        }

        float[] values = replacement[0].Values;
        int chunks = (weight.Rows + RowsAtOnce - 1) / RowsAtOnce;
        var sums = new double[chunks];
        ParallelWork.Run(chunks, chunk =>
        {
            int stride = inputs.Stride;
            float[] differences = ArrayPool<float>.Shared.Rent(RowsAtOnce * stride);
            Array.Clear(differences);
            Span<float> results = stackalloc float[RowsAtOnce];
            for (int row = chunk * RowsAtOnce; row < Math.Min(weight.Rows, (chunk + 1) * RowsAtOnce); row++)
            {
                int to = row % RowsAtOnce * stride;
                for (int column = 0; column < weight.Columns; column++)
                {
                    int at = (row * weight.Columns) + column;
                    differences[to + column] = values[at] - weight.Values[at];
                }
            }

            inputs.QuadraticForms(0, differences, RowsAtOnce, results);
            foreach (float result in results)
            {
                sums[chunk] += result;
            }

            ArrayPool<float>.Shared.Return(differences);
        });
        return sums.Sum() / weight.Rows;
    }
}
