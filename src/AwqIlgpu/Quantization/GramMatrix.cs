using System.Runtime.Intrinsics;

namespace AwqIlgpu.Quantization;

/// <summary>The mean outer product of a linear layer's inputs, group by group: what their squared products with any vector need.</summary>
/// <remarks>
/// <para>Math: <c>C = X'X / T</c> over the T inputs x_t of a group of features; then <c>mean_t (x_t . d)^2 = d'Cd</c>, with no input in sight.</para>
/// <para>Types: float, added up over 128 inputs at a time, so that long calibrations lose no digits.</para>
/// <para>Memory: 4 * features * group size bytes, both rounded up to multiples of 16 features.</para>
/// </remarks>
internal sealed unsafe class GramMatrix
{
    /// <summary>Features that lie side by side in a panel: two vectors of 8.</summary>
    private const int Lanes = 16;

    /// <summary>Rows of a register tile: with two vectors each, eight independent sums.</summary>
    private const int TileRows = 4;

    private const int TokensAtOnce = 128;

    private readonly int _groupSize;
    private readonly int _panels;

    // Per group, [panel, row, lane]: column panel * 16 + lane of C. Only rows up to the panel's last column are kept; C is symmetric.
    private readonly float[][] _sums;

    /// <summary>An empty sum.</summary>
    /// <param name="features">Input features of the layer.</param>
    /// <param name="groupSize">Features of a group; divides <paramref name="features"/>. All of them for one matrix of the whole layer.</param>
    public GramMatrix(int features, int groupSize)
    {
        if (groupSize <= 0 || features % groupSize != 0)
        {
            throw new ArgumentException($"{features} features are not a whole number of groups of {groupSize}.", nameof(groupSize));
        }

        Features = features;
        _groupSize = groupSize;
        _panels = (groupSize + Lanes - 1) / Lanes;
        _sums = new float[features / groupSize][];
        for (int group = 0; group < _sums.Length; group++)
        {
            _sums[group] = new float[_panels * Stride * Lanes];
        }
    }

    /// <summary>Bytes of a matrix of one group.</summary>
    public static long ByteCount(int features)
    {
        long stride = (features + Lanes - 1) / Lanes * Lanes;
        return stride * stride * sizeof(float);
    }

    /// <summary>Input features of the layer.</summary>
    public int Features { get; }

    /// <summary>Features of a group.</summary>
    public int GroupSize => _groupSize;

    /// <summary>Groups of features.</summary>
    public int Groups => _sums.Length;

    /// <summary>Inputs added so far, T.</summary>
    public long Tokens { get; private set; }

    /// <summary>Floats from one row of <see cref="QuadraticForms"/>'s vectors to the next: the group size rounded up to 16.</summary>
    public int Stride => _panels * Lanes;

    /// <summary>Adds inputs.</summary>
    /// <param name="inputs">[tokens, features].</param>
    /// <param name="tokens">Number of inputs.</param>
    /// <param name="step">Takes every step-th input only; AutoAWQ's clip search takes tokens / 512 of them, rounded down, at least 1.</param>
    /// <exception cref="ArgumentException">inputs is shorter than tokens * features.</exception>
    public void Add(ReadOnlyMemory<float> inputs, int tokens, int step = 1)
    {
        if (inputs.Length < (long)tokens * Features)
        {
            throw new ArgumentException($"{inputs.Length} values are fewer than {tokens} tokens of {Features} features.", nameof(inputs));
        }

        // Panel by panel, so that the tokens of two panels lie close together whatever the number of features.
        int panels = Groups * _panels;
        var block = new float[panels * TokensAtOnce * Lanes]; // [group, panel, token, lane]
        int taken = (tokens + step - 1) / step;
        for (int first = 0; first < taken; first += TokensAtOnce)
        {
            int count = Math.Min(TokensAtOnce, taken - first);
            for (int token = 0; token < count; token++)
            {
                var input = inputs.Span.Slice((first + token) * step * Features, Features);
                for (int panel = 0; panel < panels; panel++)
                {
                    int inGroup = panel % _panels * Lanes;
                    int start = (panel / _panels * _groupSize) + inGroup;
                    input.Slice(start, Math.Min(Lanes, _groupSize - inGroup)).CopyTo(block.AsSpan(((panel * TokensAtOnce) + token) * Lanes));
                }
            }

            ParallelWork.Run(panels, piece => AddPanel(_sums[piece / _panels], block.AsSpan(piece / _panels * _panels * TokensAtOnce * Lanes, _panels * TokensAtOnce * Lanes), count, piece % _panels));
        }

        Tokens += taken;
    }

    /// <summary>C[row, column] within a group.</summary>
    public float At(int group, int row, int column)
    {
        var (first, second) = row < column ? (row, column) : (column, row);
        return _sums[group][(((second / Lanes * Stride) + first) * Lanes) + (second % Lanes)] / Tokens;
    }

    /// <summary>The matrix of the inputs that remain after each feature was divided by its scale, in groups of another size.</summary>
    /// <param name="scales">[features]; empty for all 1.</param>
    /// <param name="groupSize">Divides this matrix's group size.</param>
    public GramMatrix Rescaled(ReadOnlySpan<float> scales, int groupSize)
    {
        var result = new GramMatrix(Features, groupSize) { Tokens = Tokens };
        float[] inverse = new float[Features];
        for (int i = 0; i < Features; i++)
        {
            inverse[i] = scales.IsEmpty ? 1 : 1 / scales[i];
        }

        int subgroups = _groupSize / groupSize;
        ParallelWork.Run(result.Groups * result._panels, piece =>
        {
            int group = piece / result._panels;
            float[] from = _sums[group / subgroups];
            float[] to = result._sums[group];
            int offset = group % subgroups * groupSize;
            int firstColumn = piece % result._panels * Lanes;
            for (int column = firstColumn; column < Math.Min(groupSize, firstColumn + Lanes); column++)
            {
                int source = offset + column;
                for (int row = 0; row <= column; row++)
                {
                    float value = from[(((source / Lanes * Stride) + offset + row) * Lanes) + (source % Lanes)] * inverse[(group * groupSize) + row] * inverse[(group * groupSize) + column];
                    to[(((firstColumn / Lanes * result.Stride) + row) * Lanes) + (column % Lanes)] = value;
                    if (row >= firstColumn)
                    {
                        // The panel's own block is kept whole.
                        to[(((firstColumn / Lanes * result.Stride) + column) * Lanes) + (row % Lanes)] = value;
                    }
                }
            }
        });
        return result;
    }

    /// <summary>The matrix of the inputs of two matrices of the same shape.</summary>
    public static GramMatrix Sum(GramMatrix left, GramMatrix right)
    {
        var result = new GramMatrix(left.Features, left.GroupSize) { Tokens = left.Tokens + right.Tokens };
        for (int group = 0; group < result._sums.Length; group++)
        {
            for (int i = 0; i < result._sums[group].Length; i++)
            {
                result._sums[group][i] = left._sums[group][i] + right._sums[group][i];
            }
        }

        return result;
    }

    /// <summary>d'Cd for several vectors d.</summary>
    /// <param name="group">Index of the group.</param>
    /// <param name="vectors">[rows, <see cref="Stride"/>], zero beyond the group size.</param>
    /// <param name="rows">Number of vectors; a multiple of 4.</param>
    /// <param name="results">[rows].</param>
    public void QuadraticForms(int group, ReadOnlySpan<float> vectors, int rows, Span<float> results)
    {
        int stride = Stride;
        results[..rows].Clear();
        fixed (float* sums = _sums[group])
        fixed (float* d = vectors)
        {
            for (int panel = 0; panel < _panels; panel++)
            {
                float* columns = sums + ((long)panel * stride * Lanes);
                for (int row = 0; row < rows; row += TileRows)
                {
                    AddTile(columns, d + ((long)row * stride), stride, panel * Lanes, results.Slice(row, TileRows));
                }
            }
        }

        for (int row = 0; row < rows; row++)
        {
            results[row] /= Tokens;
        }
    }

    /// <summary>Adds one panel's share of d'Cd for four vectors: twice what lies above the diagonal block, once the block itself.</summary>
    private static void AddTile(float* columns, float* d, int stride, int firstColumn, Span<float> results)
    {
        float* d0 = d;
        float* d1 = d + stride;
        float* d2 = d1 + stride;
        float* d3 = d2 + stride;
        Vector256<float> a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default, a3 = default, b3 = default;
        int row = 0;
        for (int end = firstColumn; ; end += Lanes)
        {
            for (; row < end; row++)
            {
                var a = Vector256.Load(columns + (row * Lanes));
                var b = Vector256.Load(columns + (row * Lanes) + 8);
                var x = Vector256.Create(d0[row]);
                a0 = Vector256.MultiplyAddEstimate(x, a, a0);
                b0 = Vector256.MultiplyAddEstimate(x, b, b0);
                x = Vector256.Create(d1[row]);
                a1 = Vector256.MultiplyAddEstimate(x, a, a1);
                b1 = Vector256.MultiplyAddEstimate(x, b, b1);
                x = Vector256.Create(d2[row]);
                a2 = Vector256.MultiplyAddEstimate(x, a, a2);
                b2 = Vector256.MultiplyAddEstimate(x, b, b2);
                x = Vector256.Create(d3[row]);
                a3 = Vector256.MultiplyAddEstimate(x, a, a3);
                b3 = Vector256.MultiplyAddEstimate(x, b, b3);
            }

            if (end > firstColumn)
            {
                break;
            }

            a0 += a0;
            b0 += b0;
            a1 += a1;
            b1 += b1;
            a2 += a2;
            b2 += b2;
            a3 += a3;
            b3 += b3;
        }

        results[0] += Vector256.Dot(a0, Vector256.Load(d0 + firstColumn)) + Vector256.Dot(b0, Vector256.Load(d0 + firstColumn + 8));
        results[1] += Vector256.Dot(a1, Vector256.Load(d1 + firstColumn)) + Vector256.Dot(b1, Vector256.Load(d1 + firstColumn + 8));
        results[2] += Vector256.Dot(a2, Vector256.Load(d2 + firstColumn)) + Vector256.Dot(b2, Vector256.Load(d2 + firstColumn + 8));
        results[3] += Vector256.Dot(a3, Vector256.Load(d3 + firstColumn)) + Vector256.Dot(b3, Vector256.Load(d3 + firstColumn + 8));
    }

    /// <summary>Adds a block of inputs, [panel, token, lane], to one panel of one group.</summary>
    private void AddPanel(float[] sums, ReadOnlySpan<float> block, int tokens, int panel)
    {
        fixed (float* x = block)
        fixed (float* target = &sums[panel * Stride * Lanes])
        {
            float* columns = x + (panel * TokensAtOnce * Lanes);
            for (int row = 0; row < (panel + 1) * Lanes; row += TileRows)
            {
                Vector256<float> a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default, a3 = default, b3 = default;
                float* rows = x + (row / Lanes * TokensAtOnce * Lanes) + (row % Lanes);
                for (int token = 0; token < tokens; token++)
                {
                    int at = token * Lanes;
                    var a = Vector256.Load(columns + at);
                    var b = Vector256.Load(columns + at + 8);
                    var y = Vector256.Create(rows[at]);
                    a0 = Vector256.MultiplyAddEstimate(y, a, a0);
                    b0 = Vector256.MultiplyAddEstimate(y, b, b0);
                    y = Vector256.Create(rows[at + 1]);
                    a1 = Vector256.MultiplyAddEstimate(y, a, a1);
                    b1 = Vector256.MultiplyAddEstimate(y, b, b1);
                    y = Vector256.Create(rows[at + 2]);
                    a2 = Vector256.MultiplyAddEstimate(y, a, a2);
                    b2 = Vector256.MultiplyAddEstimate(y, b, b2);
                    y = Vector256.Create(rows[at + 3]);
                    a3 = Vector256.MultiplyAddEstimate(y, a, a3);
                    b3 = Vector256.MultiplyAddEstimate(y, b, b3);
                }

                float* to = target + (row * Lanes);
                AddTo(to, a0, b0);
                AddTo(to + Lanes, a1, b1);
                AddTo(to + (2 * Lanes), a2, b2);
                AddTo(to + (3 * Lanes), a3, b3);
            }
        }
    }

    private static void AddTo(float* target, Vector256<float> a, Vector256<float> b)
    {
        (Vector256.Load(target) + a).Store(target);
        (Vector256.Load(target + 8) + b).Store(target + 8);
    }
}
