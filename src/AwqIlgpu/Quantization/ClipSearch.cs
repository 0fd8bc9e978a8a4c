using System.Buffers;

namespace AwqIlgpu.Quantization;

/// <summary>Finds, for every output row and group, how far to clip the weights so that the quantised group's output moves least.</summary>
/// <remarks>
/// <para>Math: of <c>m_i = max|w| * (1 - i / 20)</c>, i in 0..9, takes the first with the least <c>mean_t (x_t . (Q(clamp(w, -m_i, m_i)) - w))^2</c>,
/// which is d'Cd with the <see cref="GramMatrix"/> of the group's inputs: the tokens are not in the inner loop.</para>
/// <para>Source: AutoAWQ 0.2.9, awq/quantize/quantizer.py, _compute_best_clip, whose choices these are but for the rounding of the errors.
/// It skips query and key projections, whose outputs meet in a product.</para>
/// </remarks>
/// <param name="scheme">Group size and rule.</param>
internal sealed class ClipSearch(QuantizationScheme scheme)
{
    /// <summary>Candidates tried: the grid of 20 down to half of the largest weight.</summary>
    public const int Steps = 10;

    private const int Grid = 20;
    private const int RowsAtOnce = 32;

    /// <summary>Searches a whole matrix.</summary>
    /// <param name="weight">Weights with the searched scales multiplied in, [N, K].</param>
    /// <param name="inputs">Gram matrix of the inputs that the scaled layer sees, in groups of the scheme's size.</param>
    /// <exception cref="ArgumentException">The Gram matrix has other groups than the weight.</exception>
    /// <exception cref="InvalidDataException">A weight is not finite, or a group spans more than an fp16 scale can.</exception>
    public ClipSearchResult Search(WeightMatrix weight, GramMatrix inputs)
    {
        int groupSize = scheme.GroupSizeFor(weight.Columns);
        if (inputs.Features != weight.Columns || inputs.GroupSize != groupSize)
        {
            throw new ArgumentException($"{weight.Name}: {weight.Columns} inputs in groups of {groupSize}, but the Gram matrix has {inputs.Features} in groups of {inputs.GroupSize}.", nameof(inputs));
        }

        int groups = inputs.Groups;
        int chunks = (weight.Rows + RowsAtOnce - 1) / RowsAtOnce;
        var result = new ClipSearchResult(groupSize, new float[weight.Rows * groups], new byte[weight.Rows * groups], new float[weight.Rows * groups], new float[weight.Rows * groups]);
        ParallelWork.Run(chunks * groups, piece =>
        {
            int firstRow = piece % chunks * RowsAtOnce;
            SearchRows(weight, inputs, firstRow, Math.Min(RowsAtOnce, weight.Rows - firstRow), piece / chunks, result);
        });
        return result;
    }

    /// <summary>Searches one group of some rows; independent of all others.</summary>
    private void SearchRows(WeightMatrix weight, GramMatrix inputs, int firstRow, int rows, int group, ClipSearchResult result)
    {
        int groupSize = inputs.GroupSize;
        int stride = inputs.Stride;
        float[] differences = ArrayPool<float>.Shared.Rent(RowsAtOnce * stride);
        Array.Clear(differences);
        Span<float> errors = stackalloc float[RowsAtOnce];
        for (int step = 0; step < Steps; step++)
        {
            for (int i = 0; i < rows; i++)
            {
                QuantizeClipped(weight, firstRow + i, group, groupSize, step, differences.AsSpan(i * stride, groupSize));
            }

            inputs.QuadraticForms(group, differences, RowsAtOnce, errors);
            for (int i = 0; i < rows; i++)
            {
                int at = ((firstRow + i) * inputs.Groups) + group;
                if (step == 0)
                {
                    result.UnclippedErrors[at] = errors[i];
                    result.Errors[at] = errors[i];
                }
                else if (errors[i] < result.Errors[at])
                {
                    result.Errors[at] = errors[i];
                    result.Steps[at] = (byte)step;
                }
            }
        }

        for (int i = 0; i < rows; i++)
        {
            int at = ((firstRow + i) * inputs.Groups) + group;
            var (min, max) = GroupFit.Range(weight.Row(firstRow + i).Slice(group * groupSize, groupSize));
            result.MaxValues[at] = Limit(min, max, result.Steps[at]);
        }

        ArrayPool<float>.Shared.Return(differences);
    }

    /// <summary>Q(clamp(w, -m, m)) - w for one group.</summary>
    private void QuantizeClipped(WeightMatrix weight, int row, int group, int groupSize, int step, Span<float> differences)
    {
        var original = weight.Row(row).Slice(group * groupSize, groupSize);
        var (min, max) = GroupFit.Range(original);
        float limit = Limit(min, max, step);
        original.CopyTo(differences);
        ClipSearchResult.Clamp(differences, limit);
        var fit = PseudoQuantizer.Fit(Math.Max(min, -limit), Math.Min(max, limit), scheme);
        if (!fit.Succeeded)
        {
            throw PseudoQuantizer.Unquantizable(weight, row, group, groupSize, min, max);
        }

        PseudoQuantizer.RoundTrip(differences, fit, scheme, differences);
        for (int i = 0; i < groupSize; i++)
        {
            differences[i] -= original[i];
        }
    }

    private static float Limit(float min, float max, int step) => Math.Max(max, -min) * (float)(1 - (step / (double)Grid));
}
