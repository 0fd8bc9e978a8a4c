using AwqIlgpu.Kernels;

namespace AwqIlgpu.Devices;

/// <summary>RMS or layer norm of rows, each cut into segments that are normalised on their own.</summary>
internal readonly unsafe struct NormRows(bool isRms, float* x, nint xStride, float* weight, float* bias, float epsilon, float* y, nint yStride, int segments, int width) : IRowOperation
{
    private readonly float* _x = x;
    private readonly float* _weight = weight;
    private readonly float* _bias = bias;
    private readonly float* _y = y;

    public void Run(int firstRow, int rows)
    {
        float* x = _x + (firstRow * xStride);
        float* y = _y + (firstRow * yStride);
        if (isRms)
        {
            RmsNorm.Run(x, xStride, _weight, epsilon, y, yStride, rows, segments, width);
        }
        else
        {
            LayerNorm.Run(x, xStride, _weight, _bias, epsilon, y, yStride, rows, segments, width);
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

/// <summary>act(gate) * up, in place of gate.</summary>
internal readonly unsafe struct GateRows(Activation activation, float* gate, float* up, nint stride, int width) : IRowOperation
{
    private readonly float* _gate = gate;
    private readonly float* _up = up;

    public void Run(int firstRow, int rows)
    {
        float* gate = _gate + (firstRow * stride);
        Activations.RunGated(activation, gate, stride, _up + (firstRow * stride), stride, gate, stride, rows, width);
    }
}

/// <summary>Embedding of tokens.</summary>
internal readonly unsafe struct EmbedRows(FloatMatrix table, int* ids, float* y, nint stride) : IRowOperation
{
    private readonly int* _ids = ids;
    private readonly float* _y = y;

    public void Run(int firstRow, int rows)
    {
        for (int i = firstRow; i < firstRow + rows; i++)
        {
            table.CopyRow(_ids[i], new Span<float>(_y + (i * stride), table.InFeatures));
        }
    }
}
