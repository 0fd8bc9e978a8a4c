using ILGPU;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Where a linear layer's result goes.</summary>
/// <param name="y">Results, token t from t * stride on.</param>
/// <param name="stride">From one token's results to the next's.</param>
/// <param name="bias">Added to each token's result, [n]; empty for none.</param>
/// <param name="accumulate">Whether the result is added to what stands there.</param>
/// <param name="scale">Factor on the result, bias included.</param>
internal readonly struct LinearOutput(ArrayView<float> y, int stride, ArrayView<float> bias, bool accumulate, float scale = 1)
{
    private readonly int _hasBias = bias.Length > 0 ? 1 : 0;
    private readonly float _scale = scale;
    private readonly int _accumulate = accumulate ? 1 : 0;

    /// <summary>Results.</summary>
    public ArrayView<float> Y { get; } = y;

    /// <summary>From one token's results to the next's.</summary>
    public int Stride { get; } = stride;

    /// <summary>Added to each token's result; not read where there is none.</summary>
    public ArrayView<float> Bias { get; } = bias;

    /// <summary>Where the results from <paramref name="token"/> on go.</summary>
    public LinearOutput From(int token) => new(Y.SubView((long)token * Stride), Stride, Bias, _accumulate != 0, _scale);

    /// <summary>Stores one result.</summary>
    public void Store(int token, int row, float sum)
    {
        long index = ((long)token * Stride) + row;
        if (_hasBias != 0)
        {
            sum += Bias[row];
        }

        sum *= _scale;
        Y[index] = _accumulate != 0 ? Y[index] + sum : sum;
    }
}
