using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;
using AwqIlgpu.Models;

namespace AwqIlgpu.Quantization;

/// <summary>Runs the two blocks of one decoder layer in float on one calibration sequence at a time, with whatever weights are given.</summary>
/// <remarks>The results do not depend on the number of threads.</remarks>
internal sealed unsafe partial class LayerForward : IDisposable
{
    private readonly CpuThreadPool _pool;
    private readonly int _hidden;
    private readonly ActivationRows _inner;

    /// <param name="config">The decoder.</param>
    /// <param name="tokens">Tokens of the longest sequence.</param>
    /// <param name="threads">Threads that compute.</param>
    public LayerForward(DecoderConfig config, int tokens, int threads)
    {
        var widths = new ForwardWidths(config);
        _hidden = config.HiddenSize;
        _ropes = config.Ropes;
        _slots = Pinned(tokens);
        _blockTable = Pinned(ForwardWidths.Blocks(tokens));
        _projected = new ActivationRows(tokens, widths.Projected);
        _kv = new ActivationRows(ForwardWidths.Blocks(tokens), (int)(widths.KvBytes / sizeof(float)));
        _scratch = new ActivationRows(threads, (int)(widths.WorkspaceBytes / sizeof(float)) + 16);
        _cos = Array.ConvertAll(widths.Rotations, width => new ActivationRows(tokens, width));
        _sin = Array.ConvertAll(widths.Rotations, width => new ActivationRows(tokens, width));
        for (int rope = 0; rope < _ropes.Length; rope++)
        {
            var rotation = Rotation.For(_ropes[rope], tokens);
            fixed (double* frequencies = rotation.InverseFrequencies)
            fixed (int* positions = _slots)
            {
                Rope.FillTable(frequencies, rotation.AttentionFactor, positions, tokens, _ropes[rope].RotaryDim / 2, _cos[rope].Pointer(), _sin[rope].Pointer());
            }
        }

        _latentQuery = new ActivationRows(tokens, widths.LatentQuery);
        _latentKey = new ActivationRows(tokens, widths.LatentKey);
        _latent = new ActivationRows(tokens, widths.Latent);
        _keyValue = new ActivationRows(tokens, widths.KeyValue);
        _keys = new ActivationRows(tokens, widths.Keys);
        _values = new ActivationRows(tokens, widths.Values);
        _expanded = new ActivationRows(tokens, widths.Expanded);
        _inner = new ActivationRows(tokens, widths.Inner);
        _outputGate = new ActivationRows(tokens, 1);
        _router = new ActivationRows(tokens, widths.Router);
        _gathered = new ActivationRows(tokens, widths.Gathered);
        _expertOutput = new ActivationRows(tokens, widths.Gathered);
        _pool = new CpuThreadPool(threads);
    }

    /// <summary>y = norm(x).</summary>
    public void Norm(CalibrationLayer layer, NormConfig norm, float* x, float* y, int rows) => Norm(layer, norm, x, norm.Width, norm.Width, y, norm.Width, rows);

    /// <summary>y = x W^T + bias for as many rows as y has.</summary>
    public void Product(CalibrationLayer layer, LinearConfig linear, ActivationRows x, ActivationRows y) => Linear(layer, linear, x.Pointer(), y.Pointer(), y.Rows);

    public void Dispose() => _pool.Dispose();

    private static int[] Pinned(int count)
    {
        int[] numbers = GC.AllocateUninitializedArray<int>(count, pinned: true);
        for (int i = 0; i < count; i++)
        {
            numbers[i] = i;
        }

        return numbers;
    }

    /// <summary>y = scale * norm(y), what is added to the residual stream.</summary>
    private void Finish(CalibrationLayer layer, NormConfig? norm, float* y, int rows)
    {
        if (norm is not null)
        {
            Norm(layer, norm, y, y, rows);
        }

        if (layer.Config.ResidualScale != 1)
        {
            Elementwise.Scale(y, layer.Config.ResidualScale, y, (nint)rows * _hidden);
        }
    }

    /// <summary>y = x W^T + bias; rows of x lie side by side.</summary>
    private void Linear(CalibrationLayer layer, LinearConfig linear, float* x, float* y, int yStride, int rows)
    {
        var weight = layer.Weight(linear);
        fixed (float* values = weight.Values)
        fixed (float* bias = layer.Bias(linear))
        {
            var matrix = new FloatMatrix(weight.Rows, weight.Columns, TensorType.Float32, (byte*)values);
            var call = new LinearCall(matrix, x, weight.Columns, rows, y, yStride, bias);
            LinearProducts.Run(_pool, new ReadOnlySpan<LinearCall>(in call), Precision.Exact, CpuPaths.Best, null, 0);
        }
    }

    private void Linear(CalibrationLayer layer, LinearConfig linear, float* x, float* y, int rows) => Linear(layer, linear, x, y, linear.OutFeatures, rows);

    private void Norm(CalibrationLayer layer, NormConfig norm, float* x, int width, int xStride, float* y, int yStride, int rows)
    {
        fixed (float* weight = layer.Weight(norm))
        fixed (float* bias = layer.Bias(norm))
        {
            new NormRows(norm.Kind == NormKind.Rms, x, xStride, weight, bias, norm.Epsilon, y, yStride, width / norm.Width, norm.Width, norm.Segments == 1 ? 0 : norm.Width).Run(0, rows);
        }
    }

    // Rows of the scratch lie as close as the linear's width says, not the scratch's own.
    private static void Show(InputTap? tap, LayerInput input, ActivationRows values, int width, ReadOnlySpan<int> tokens) =>
        tap?.Invoke(input, values.Memory(0, values.Rows)[..(tokens.Length * width)], tokens);
}
