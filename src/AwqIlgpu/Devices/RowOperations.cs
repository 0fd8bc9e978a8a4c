using AwqIlgpu.Kernels;

namespace AwqIlgpu.Devices;

/// <summary>RMS or layer norm of rows, each cut into segments that are normalised on their own, with one weight for all or one for each.</summary>
internal readonly unsafe struct NormRows(bool isRms, float* x, nint xStride, float* weight, float* bias, float epsilon, float* y, nint yStride, int segments, int width, int weightStride) : IRowOperation
{
    private readonly float* _x = x;
    private readonly float* _weight = weight;
    private readonly float* _bias = bias;
    private readonly float* _y = y;

    public void Run(int firstRow, int rows)
    {
        int together = weightStride == 0 ? segments : 1;
        for (int segment = 0; segment < segments; segment += together)
        {
            float* x = _x + (firstRow * xStride) + ((nint)segment * width);
            float* y = _y + (firstRow * yStride) + ((nint)segment * width);
            float* weight = _weight + ((nint)segment * weightStride);
            if (isRms)
            {
                RmsNorm.Run(x, xStride, weight, epsilon, y, yStride, rows, together, width);
            }
            else
            {
                LayerNorm.Run(x, xStride, weight, _bias, epsilon, y, yStride, rows, together, width);
            }
        }
    }
}

/// <summary>Rotation of heads by their token's position.</summary>
internal readonly unsafe struct RotateRows(RopeStyle style, float* x, nint stride, int heads, int headDim, int rotaryDim, float* cos, float* sin) : IRowOperation
{
    private readonly float* _x = x;
    private readonly float* _cos = cos;
    private readonly float* _sin = sin;

    public void Run(int firstRow, int rows)
    {
        nint table = (nint)firstRow * (rotaryDim / 2);
        Rope.Run(style, _x + (firstRow * stride), stride, rows, heads, headDim, rotaryDim, _cos + table, _sin + table);
    }
}

/// <summary>act(gate) * up, in place of gate; up may be one row for all, or nothing.</summary>
internal readonly unsafe struct GateRows(Activation activation, float* gate, nint stride, float* up, nint upStride, int width) : IRowOperation
{
    private readonly float* _gate = gate;
    private readonly float* _up = up;

    public void Run(int firstRow, int rows)
    {
        float* gate = _gate + (firstRow * stride);
        if (_up is not null)
        {
            Activations.RunGated(activation, gate, stride, _up + (firstRow * upStride), upStride, gate, stride, rows, width);
            return;
        }

        for (int i = 0; i < rows; i++, gate += stride)
        {
            Activations.Run(activation, gate, gate, width);
        }
    }
}

/// <summary>Embedding of tokens, times a factor.</summary>
internal readonly unsafe struct EmbedRows(FloatMatrix table, int* ids, float scale, float* y, nint stride) : IRowOperation
{
    private readonly int* _ids = ids;
    private readonly float* _y = y;

    public void Run(int firstRow, int rows)
    {
        for (int i = firstRow; i < firstRow + rows; i++)
        {
            float* row = _y + (i * stride);
            table.CopyRow(_ids[i], new Span<float>(row, table.InFeatures));
            if (scale != 1)
            {
                Elementwise.Scale(row, scale, row, table.InFeatures);
            }
        }
    }
}

/// <summary>y = scale * the embeddings of the tokens, from a table that is kept as int8.</summary>
internal readonly unsafe struct EmbedInt8Rows(Int4Matrix table, int* ids, float scale, float* y, nint stride, int width) : IRowOperation
{
    private readonly int* _ids = ids;
    private readonly float* _y = y;

    public void Run(int firstRow, int rows)
    {
        for (int i = firstRow; i < firstRow + rows; i++)
        {
            float* row = _y + (i * stride);
            Int8Planes.CopyRow(table, _ids[i], new Span<float>(row, width));
            if (scale != 1)
            {
                Elementwise.Scale(row, scale, row, width);
            }
        }
    }
}

/// <summary>y += the position embeddings of the tokens.</summary>
internal readonly unsafe struct AddPositionRows(FloatMatrix table, int* positions, int offset, float* y, nint stride) : IRowOperation
{
    private readonly int* _positions = positions;
    private readonly float* _y = y;

    public void Run(int firstRow, int rows)
    {
        // A stack's worth at a time, whatever the width.
        const int Piece = 1024;
        float* piece = stackalloc float[Piece];
        for (int i = firstRow; i < firstRow + rows; i++)
        {
            for (int column = 0; column < table.InFeatures; column += Piece)
            {
                int count = Math.Min(Piece, table.InFeatures - column);
                table.CopyRow(_positions[i] + offset, column, new Span<float>(piece, count));
                float* y = _y + (i * stride) + column;
                Elementwise.Add(y, piece, y, count);
            }
        }
    }
}

/// <summary>y += scale * x.</summary>
internal readonly unsafe struct AddRows(float* x, nint xStride, float scale, float* y, nint yStride, int width) : IRowOperation
{
    private readonly float* _x = x;
    private readonly float* _y = y;

    public void Run(int firstRow, int rows)
    {
        for (int i = firstRow; i < firstRow + rows; i++)
        {
            float* y = _y + (i * yStride);
            Elementwise.AddScaled(y, scale, _x + (i * xStride), y, width);
        }
    }
}

/// <summary>x *= sigmoid(gate), one gate for each row.</summary>
internal readonly unsafe struct SigmoidScaleRows(float* gate, nint gateStride, float* x, nint stride, int width) : IRowOperation
{
    private readonly float* _gate = gate;
    private readonly float* _x = x;

    public void Run(int firstRow, int rows)
    {
        for (int i = firstRow; i < firstRow + rows; i++)
        {
            float* x = _x + (i * stride);
            Elementwise.Scale(x, 1 / (1 + MathF.Exp(-_gate[i * gateStride])), x, width);
        }
    }
}

/// <summary>Soft cap of rows, in place.</summary>
internal readonly unsafe struct SoftcapRows(float* x, nint stride, int width, float cap) : IRowOperation
{
    private readonly float* _x = x;

    public void Run(int firstRow, int rows)
    {
        for (int i = firstRow; i < firstRow + rows; i++)
        {
            Softcap.Run(_x + (i * stride), width, cap);
        }
    }
}

/// <summary>Copies the first elements of every head to heads of another width.</summary>
internal readonly unsafe struct CopyHeadRows(float* x, nint xStride, nint xHeadStride, float* y, nint yStride, nint yHeadStride, int heads, int width) : IRowOperation
{
    private readonly float* _x = x;
    private readonly float* _y = y;

    public void Run(int firstRow, int rows)
    {
        for (int i = firstRow; i < firstRow + rows; i++)
        {
            for (int head = 0; head < heads; head++)
            {
                new ReadOnlySpan<float>(_x + (i * xStride) + (head * xHeadStride), width).CopyTo(new Span<float>(_y + (i * yStride) + (head * yHeadStride), width));
            }
        }
    }
}

/// <summary>The likeliest token of each row of logits.</summary>
internal readonly unsafe struct BestRows(float* logits, nint stride, int width, TopToken* best) : IRowOperation
{
    private readonly float* _logits = logits;
    private readonly TopToken* _best = best;

    public void Run(int firstRow, int rows)
    {
        for (int row = firstRow; row < firstRow + rows; row++)
        {
            _best[row] = TopToken.Of(new ReadOnlySpan<float>(_logits + (row * stride), width));
        }
    }
}
