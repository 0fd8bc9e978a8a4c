using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>One linear layer on m tokens: y = scale * (x W^T + bias), or y += that.</summary>
/// <remarks>Pointers stay the caller's; x and y do not overlap. Results of a token do not depend on the other tokens of the call.</remarks>
internal readonly unsafe struct LinearCall
{
    private readonly Int4Matrix _int4;
    private readonly FloatMatrix _float;

    /// <summary>A call with int4 weights.</summary>
    /// <param name="weights">[n, k].</param>
    /// <param name="x">[m, k], a token every <paramref name="xStride"/> floats.</param>
    /// <param name="xStride">Floats from a token of x to the next.</param>
    /// <param name="m">Tokens.</param>
    /// <param name="y">[m, n], a token every <paramref name="yStride"/> floats.</param>
    /// <param name="yStride">Floats from a token of y to the next.</param>
    /// <param name="bias">[n], or null.</param>
    /// <param name="accumulate">Whether to add to what y holds.</param>
    /// <param name="scale">Factor on product and bias.</param>
    public LinearCall(Int4Matrix weights, float* x, nint xStride, int m, float* y, nint yStride, float* bias = null, bool accumulate = false, float scale = 1)
        : this(x, xStride, m, y, yStride, bias, accumulate, scale)
    {
        _int4 = weights;
        IsInt4 = true;
        OutFeatures = weights.Shape.OutFeatures;
        InFeatures = weights.Shape.InFeatures;
        XFeatures = InFeatures;
    }

    /// <summary>A call with float weights; parameters as for int4.</summary>
    public LinearCall(FloatMatrix weights, float* x, nint xStride, int m, float* y, nint yStride, float* bias = null, bool accumulate = false, float scale = 1)
        : this(x, xStride, m, y, yStride, bias, accumulate, scale)
    {
        _float = weights;
        OutFeatures = weights.OutFeatures;
        InFeatures = weights.InFeatures;
        XFeatures = InFeatures;
    }

    private LinearCall(float* x, nint xStride, int m, float* y, nint yStride, float* bias, bool accumulate, float scale)
    {
        X = x;
        XStride = xStride;
        M = m;
        Y = y;
        YStride = yStride;
        Bias = bias;
        Accumulate = accumulate;
        Scale = scale;
    }

    public bool IsInt4 { get; }

    /// <summary>The weights where <see cref="IsInt4"/>.</summary>
    public Int4Matrix Int4 => _int4;

    /// <summary>The weights where not <see cref="IsInt4"/>.</summary>
    public FloatMatrix Float => _float;

    public int OutFeatures { get; }

    public int InFeatures { get; }

    /// <summary>Columns of x; int4 weights of a multiple of it, in fast precision, take x as often as it fits.</summary>
    public int XFeatures { get; init; }

    public float* X { get; }

    public nint XStride { get; }

    public int M { get; }

    public float* Y { get; }

    public nint YStride { get; }

    public float* Bias { get; }

    public bool Accumulate { get; }

    public float Scale { get; }

    /// <summary>Writes finished sums of one token to y: bias, scale and the old y come last, in this order.</summary>
    /// <param name="token">Row of y.</param>
    /// <param name="row">First output feature.</param>
    /// <param name="sums">Sums of products.</param>
    /// <param name="count">Output features.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Store(int token, int row, float* sums, int count)
    {
        float* y = Y + (token * YStride) + row;
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            var values = Vector256.Load(sums + i);
            if (Bias is not null)
            {
                values += Vector256.Load(Bias + row + i);
            }

            values *= Scale;
            (Accumulate ? Vector256.Load(y + i) + values : values).Store(y + i);
        }

        for (; i < count; i++)
        {
            float value = sums[i];
            if (Bias is not null)
            {
                value += Bias[row + i];
            }

            value *= Scale;
            y[i] = Accumulate ? y[i] + value : value;
        }
    }
}
