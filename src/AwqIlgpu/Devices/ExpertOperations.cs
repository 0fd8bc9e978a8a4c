using System.Runtime.CompilerServices;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Devices;

/// <summary>Chooses the experts of every token.</summary>
internal readonly unsafe struct RouteRows(RoutingRule rule, int layer, float* logits, nint stride, int count, float* bias, int* experts, float* weights) : IRowOperation
{
    private readonly float* _logits = logits;
    private readonly float* _bias = bias;
    private readonly int* _experts = experts;
    private readonly float* _weights = weights;

    public void Run(int firstRow, int rows)
    {
        int k = rule.ExpertsPerToken;
        for (int i = firstRow; i < firstRow + rows; i++)
        {
            var row = new ReadOnlySpan<float>(_logits + (i * stride), count);
            var bias = new ReadOnlySpan<float>(_bias, _bias is null ? 0 : count);
            if (!ExpertRouting.Run(rule, row, bias, new Span<int>(_experts + (i * k), k), new Span<float>(_weights + (i * k), k)))
            {
                ThrowNotFinite(layer);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowNotFinite(int layer) =>
        throw new InvalidDataException($"Layer {layer}: the router of the experts gave NaN or infinity, so no expert can be chosen. The weights of this or an earlier layer are damaged.");
}

/// <summary>Copies every token to the rows of its experts.</summary>
internal readonly unsafe struct ScatterRows(float* x, nint xStride, int* places, int perToken, float* y, nint yStride, int width) : IRowOperation
{
    private readonly float* _x = x;
    private readonly int* _places = places;
    private readonly float* _y = y;

    public void Run(int firstRow, int rows)
    {
        for (int i = firstRow * perToken; i < (firstRow + rows) * perToken; i++)
        {
            new ReadOnlySpan<float>(_x + (i / perToken * xStride), width).CopyTo(new Span<float>(_y + (_places[i] * yStride), width));
        }
    }
}

/// <summary>y += scale * weighted sum of the results of a token's experts, the first choice first.</summary>
internal readonly unsafe struct CombineRows(float* x, nint xStride, int* places, float* weights, int perToken, float scale, float* y, nint yStride, int width) : IRowOperation
{
    private readonly float* _x = x;
    private readonly int* _places = places;
    private readonly float* _weights = weights;
    private readonly float* _y = y;

    public void Run(int firstRow, int rows)
    {
        for (int i = firstRow * perToken; i < (firstRow + rows) * perToken; i++)
        {
            float* y = _y + (i / perToken * yStride);
            Elementwise.AddScaled(y, scale * _weights[i], _x + (_places[i] * xStride), y, width);
        }
    }
}
