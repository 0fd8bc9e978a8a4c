using System.Buffers;
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

    /// <summary>Rows of a weight that share a pass over M; a multiple of 4.</summary>
    private const int RowsAtOnce = 32;

    /// <summary>Columns that are rounded one after the other before what they do to the columns before them is added up in one go; a multiple of <see cref="TileColumns"/>.</summary>
    private const int Panel = 32;

    /// <summary>Columns of a register tile: two vectors of 8.</summary>
    private const int TileColumns = 16;

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
        float[] targets = ArrayPool<float>.Shared.Rent(RowsAtOnce * _features); // in M's order
        for (int row = 0; row < rows; row++)
        {
            var source = weight.Row(first + row);
            for (int i = 0; i < _features; i++)
            {
                targets[(row * _features) + i] = source[_order[i]];
            }
        }

        float* errors = stackalloc float[RowsAtOnce * Panel];
        fixed (float* t = targets)
        fixed (float* factors = _factors)
        {
            for (int start = (_features - 1) / Panel * Panel; start >= 0; start -= Panel)
            {
                int end = Math.Min(start + Panel, _features);
                for (int i = end - 1; i >= start; i--)
                {
                    int column = _order[i];
                    float* panel = factors + ((long)i * _features) + start;
                    for (int row = 0; row < rows; row++)
                    {
                        var fit = fits[((first + row) * groups) + (column / groupSize)];
                        float* target = t + (row * _features) + start;
                        float step = Math.Clamp(MathF.Round(target[i - start] / fit.Scale), -fit.ZeroPoint, 15 - fit.ZeroPoint);
                        int at = ((first + row) * _features) + column;
                        values[at] = (byte)(step + fit.ZeroPoint);
                        float error = weight.Values[at] - (step * fit.Scale);
                        errors[(row * Panel) + i - start] = error;
                        int k = 0;
                        for (; k + 8 <= i - start; k += 8)
                        {
                            Vector256.MultiplyAddEstimate(Vector256.Create(error), Vector256.Load(panel + k), Vector256.Load(target + k)).Store(target + k);
                        }

                        for (; k < i - start; k++)
                        {
                            target[k] += error * panel[k];
                        }
                    }
                }

                Pass(factors + ((long)start * _features), end - start, start, errors, rows, t);
            }
        }

        ArrayPool<float>.Shared.Return(targets);
    }

    /// <summary>Adds a panel's errors times its rows of M to the targets before it, all still to be rounded.</summary>
    /// <param name="factors">The panel's rows of M.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="before">Targets before the panel, a multiple of <see cref="Panel"/>.</param>
    /// <param name="errors">[rows, <see cref="Panel"/>].</param>
    /// <param name="rows">Rows of the weight; those up to the next multiple of 4 are computed too.</param>
    /// <param name="targets">[rows, features].</param>
    private void Pass(float* factors, int count, int before, float* errors, int rows, float* targets)
    {
        // Side by side: rows of M that are a large power of two apart would push each other out of the first-level cache.
        float* tile = stackalloc float[Panel * TileColumns];
        for (int column = 0; column < before; column += TileColumns)
        {
            for (int i = 0; i < count; i++)
            {
                float* from = factors + ((long)i * _features) + column;
                Vector256.Load(from).Store(tile + (i * TileColumns));
                Vector256.Load(from + 8).Store(tile + (i * TileColumns) + 8);
            }

            for (int row = 0; row < rows; row += 4)
            {
                float* t0 = targets + ((long)row * _features) + column;
                float* t1 = t0 + _features;
                float* t2 = t1 + _features;
                float* t3 = t2 + _features;
                float* e = errors + (row * Panel);
                var a0 = Vector256.Load(t0);
                var b0 = Vector256.Load(t0 + 8);
                var a1 = Vector256.Load(t1);
                var b1 = Vector256.Load(t1 + 8);
                var a2 = Vector256.Load(t2);
                var b2 = Vector256.Load(t2 + 8);
                var a3 = Vector256.Load(t3);
                var b3 = Vector256.Load(t3 + 8);
                for (int i = count - 1; i >= 0; i--)
                {
                    var a = Vector256.Load(tile + (i * TileColumns));
                    var b = Vector256.Load(tile + (i * TileColumns) + 8);
                    var error = Vector256.Create(e[i]);
                    a0 = Vector256.MultiplyAddEstimate(error, a, a0);
                    b0 = Vector256.MultiplyAddEstimate(error, b, b0);
                    error = Vector256.Create(e[Panel + i]);
                    a1 = Vector256.MultiplyAddEstimate(error, a, a1);
                    b1 = Vector256.MultiplyAddEstimate(error, b, b1);
                    error = Vector256.Create(e[(2 * Panel) + i]);
                    a2 = Vector256.MultiplyAddEstimate(error, a, a2);
                    b2 = Vector256.MultiplyAddEstimate(error, b, b2);
                    error = Vector256.Create(e[(3 * Panel) + i]);
                    a3 = Vector256.MultiplyAddEstimate(error, a, a3);
                    b3 = Vector256.MultiplyAddEstimate(error, b, b3);
                }

                a0.Store(t0);
                b0.Store(t0 + 8);
                a1.Store(t1);
                b1.Store(t1 + 8);
                a2.Store(t2);
                b2.Store(t2 + 8);
                a3.Store(t3);
                b3.Store(t3 + 8);
            }
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
