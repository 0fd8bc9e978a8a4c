using System.Runtime.Intrinsics;

namespace AwqIlgpu.Quantization;

/// <summary>Rounds a matrix so that each weight takes up what the rounding of others did to the layer's output.</summary>
/// <remarks>
/// <para>Math: with the inputs' mean outer product C = M D M', M unit lower triangular, weights are rounded from the last to the first of M's order,
/// <c>q_k = Q(w_k + sum_(i after k) (w_i - q_i) M_ik)</c>: what remains of (w - q) C (w - q)' is one rounding error for each weight, times D.</para>
/// <para>Order: features of large inputs first, since their errors can still be taken up; the groups stay as they are. C's diagonal is raised by 1 % of its mean.</para>
/// <para>Source: GPTQ, Frantar et al., 2022, arXiv:2210.17323, in the form of QuIP, Chee et al., 2023, arXiv:2307.13304.</para>
/// </remarks>
internal sealed unsafe class ErrorFeedback
{
    private const float Damping = 0.01f;
    private const int RowsAtOnce = 4;
    private const int Panel = 32;

    private readonly int _features;
    private readonly float _damping;
    private readonly int[] _order;
    private readonly float[] _factors; // M, [features, features]; the upper half is not used.

    /// <summary>Factors the products; cost: features^3 / 6 multiplications.</summary>
    /// <param name="inputs">The inputs' products, as one group of all features.</param>
    public ErrorFeedback(GramMatrix inputs)
    {
        _features = inputs.Features;
        _order = [.. Enumerable.Range(0, _features).OrderBy(i => inputs.At(0, i, i))];
        _factors = new float[_features * _features];
        double trace = 0;
        for (int i = 0; i < _features; i++)
        {
            trace += inputs.At(0, i, i);
        }

        // Inputs that are all 0 leave nothing to take up.
        _damping = trace > 0 ? (float)(Damping * trace / _features) : 1;
        ParallelWork.Run(_features, row =>
        {
            for (int column = 0; column <= row; column++)
            {
                _factors[(row * _features) + column] = inputs.At(0, _order[row], _order[column]) + (row == column ? _damping : 0);
            }
        });
        Factor();
    }

    /// <summary>Quantises a matrix.</summary>
    /// <param name="weight">[N, features].</param>
    /// <param name="maxValues">Clip limits that narrow each group's range, [N, G]; empty for none.</param>
    /// <param name="scheme">Group size and rule.</param>
    /// <exception cref="InvalidDataException">A weight is not finite, or a group spans more than an fp16 scale can.</exception>
    public QuantizedMatrix Quantize(WeightMatrix weight, float[] maxValues, QuantizationScheme scheme)
    {
        int groupSize = scheme.GroupSizeFor(weight.Columns);
        int groups = weight.Columns / groupSize;
        var fits = new GroupFit[weight.Rows * groups];
        var values = new byte[weight.Values.Length];
        ParallelWork.Run((weight.Rows + RowsAtOnce - 1) / RowsAtOnce, chunk =>
        {
            int first = chunk * RowsAtOnce;
            int rows = Math.Min(RowsAtOnce, weight.Rows - first);
            for (int row = first; row < first + rows; row++)
            {
                for (int group = 0; group < groups; group++)
                {
                    float limit = maxValues.Length == 0 ? float.PositiveInfinity : maxValues[(row * groups) + group];
                    var (min, max) = GroupFit.Range(weight.Row(row).Slice(group * groupSize, groupSize));
                    var fit = PseudoQuantizer.Fit(Math.Max(min, -limit), Math.Min(max, limit), scheme);
                    fits[(row * groups) + group] = fit.Succeeded ? fit : throw PseudoQuantizer.Unquantizable(weight, row, group, groupSize, min, max);
                }
            }

            QuantizeRows(weight, first, rows, fits, groupSize, values);
        });
        return new QuantizedMatrix(
            weight.Rows,
            weight.Columns,
            groupSize,
            values,
            Array.ConvertAll(fits, fit => (byte)fit.ZeroPoint),
            Array.ConvertAll(fits, fit => BitConverter.HalfToUInt16Bits((Half)fit.Scale)));
    }

    private void QuantizeRows(WeightMatrix weight, int first, int rows, GroupFit[] fits, int groupSize, byte[] values)
    {
        int groups = _features / groupSize;
        float[] targets = new float[RowsAtOnce * _features]; // in M's order
        for (int row = 0; row < rows; row++)
        {
            var source = weight.Row(first + row);
            for (int i = 0; i < _features; i++)
            {
                targets[(row * _features) + i] = source[_order[i]];
            }
        }

        float* errors = stackalloc float[RowsAtOnce];
        fixed (float* t = targets)
        fixed (float* factors = _factors)
        {
            for (int i = _features - 1; i >= 0; i--)
            {
                int column = _order[i];
                for (int row = 0; row < rows; row++)
                {
                    var fit = fits[((first + row) * groups) + (column / groupSize)];
                    float step = Math.Clamp(MathF.Round(t[(row * _features) + i] / fit.Scale), -fit.ZeroPoint, 15 - fit.ZeroPoint);
                    int at = ((first + row) * _features) + column;
                    values[at] = (byte)(step + fit.ZeroPoint);
                    errors[row] = weight.Values[at] - (step * fit.Scale);
                }

                Pass(factors + ((long)i * _features), i, errors, t);
            }
        }
    }

    /// <summary>Adds errors times a row of M to the targets that are still to be rounded.</summary>
    private void Pass(float* factors, int count, float* errors, float* t0)
    {
        float* t1 = t0 + _features;
        float* t2 = t1 + _features;
        float* t3 = t2 + _features;
        var e0 = Vector256.Create(errors[0]);
        var e1 = Vector256.Create(errors[1]);
        var e2 = Vector256.Create(errors[2]);
        var e3 = Vector256.Create(errors[3]);
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            var factor = Vector256.Load(factors + i);
            Vector256.MultiplyAddEstimate(e0, factor, Vector256.Load(t0 + i)).Store(t0 + i);
            Vector256.MultiplyAddEstimate(e1, factor, Vector256.Load(t1 + i)).Store(t1 + i);
            Vector256.MultiplyAddEstimate(e2, factor, Vector256.Load(t2 + i)).Store(t2 + i);
            Vector256.MultiplyAddEstimate(e3, factor, Vector256.Load(t3 + i)).Store(t3 + i);
        }

        for (; i < count; i++)
        {
            t0[i] += errors[0] * factors[i];
            t1[i] += errors[1] * factors[i];
            t2[i] += errors[2] * factors[i];
            t3[i] += errors[3] * factors[i];
        }
    }

    /// <summary>Cholesky's factor in place, panel by panel, then each column divided by its diagonal.</summary>
    private void Factor()
    {
        for (int start = 0; start < _features; start += Panel)
        {
            int end = Math.Min(_features, start + Panel);
            for (int row = start; row < end; row++)
            {
                FactorRow(row, start, row + 1);
            }

            int rest = _features - end;
            ParallelWork.Run((rest + Panel - 1) / Panel, chunk =>
            {
                for (int row = end + (chunk * Panel); row < Math.Min(_features, end + ((chunk + 1) * Panel)); row++)
                {
                    FactorRow(row, start, end);
                }
            });
        }

        ParallelWork.Run(_features, row =>
        {
            for (int column = 0; column < row; column++)
            {
                _factors[(row * _features) + column] /= _factors[(column * _features) + column];
            }
        });
    }

    /// <summary>Columns start to end of one row, those before start being done in all rows, and the panel's rows above this one.</summary>
    private void FactorRow(int row, int start, int end)
    {
        fixed (float* factors = _factors)
        {
            float* l = factors + ((long)row * _features);
            for (int column = start; column < end; column++)
            {
                float* other = factors + ((long)column * _features);
                float rest = l[column] - Dot(l, other, column);
                // Rounding can leave nothing of a feature that the others determine; the damping says what is left at least.
                l[column] = column == row ? MathF.Sqrt(Math.Max(rest, _damping)) : rest / other[column];
            }
        }
    }

    private static float Dot(float* a, float* b, int count)
    {
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
        int i = 0;
        for (; i + 32 <= count; i += 32)
        {
            s0 = Vector256.MultiplyAddEstimate(Vector256.Load(a + i), Vector256.Load(b + i), s0);
            s1 = Vector256.MultiplyAddEstimate(Vector256.Load(a + i + 8), Vector256.Load(b + i + 8), s1);
            s2 = Vector256.MultiplyAddEstimate(Vector256.Load(a + i + 16), Vector256.Load(b + i + 16), s2);
            s3 = Vector256.MultiplyAddEstimate(Vector256.Load(a + i + 24), Vector256.Load(b + i + 24), s3);
        }

        float sum = Vector256.Sum((s0 + s1) + (s2 + s3));
        for (; i < count; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
