using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;
using AwqIlgpu.Models;

namespace AwqIlgpu.Quantization;

/// <summary>Runs the parts of one decoder layer in float on one calibration sequence at a time, with whatever weights are given.</summary>
/// <remarks>The results do not depend on the number of threads.</remarks>
internal sealed unsafe class LayerForward : IDisposable
{
    private readonly CpuThreadPool _pool;
    private readonly RopeParameters[] _ropes;
    private readonly int _tokens;
    private readonly int[] _slots;
    private readonly int[] _blockTable;
    private readonly ActivationRows _projected;
    private readonly ActivationRows _expanded;
    private readonly ActivationRows _kv;
    private readonly ActivationRows _scratch;
    private readonly ActivationRows[] _cos;
    private readonly ActivationRows[] _sin;

    /// <param name="config">The decoder.</param>
    /// <param name="tokens">Tokens of the longest sequence.</param>
    /// <param name="threads">Threads that compute.</param>
    public LayerForward(DecoderConfig config, int tokens, int threads)
    {
        _tokens = tokens;
        _ropes = config.Ropes;
        int blocks = (tokens + KvBlockLayout.BlockSize - 1) / KvBlockLayout.BlockSize;
        _slots = Pinned(tokens);
        _blockTable = Pinned(blocks);
        _projected = new ActivationRows(tokens, config.Layers.Max(l => l.Attention.ProjectionWidth));
        _expanded = new ActivationRows(tokens, config.Layers.Max(l => 2 * l.FeedForward!.IntermediateSize));
        _kv = new ActivationRows(blocks, (int)(config.Layers.Max(l => Layout(l.Attention).ByteCount) / sizeof(float)));
        _scratch = new ActivationRows(threads, (int)(config.Layers.Max(l => PagedAttention.WorkspaceBytes(Layout(l.Attention))) / sizeof(float)) + 16);
        _cos = Array.ConvertAll(_ropes, rope => new ActivationRows(tokens, Math.Max(1, rope.RotaryDim / 2)));
        _sin = Array.ConvertAll(_ropes, rope => new ActivationRows(tokens, Math.Max(1, rope.RotaryDim / 2)));
        for (int rope = 0; rope < _ropes.Length; rope++)
        {
            var rotation = Rotation.For(_ropes[rope], tokens);
            fixed (double* frequencies = rotation.InverseFrequencies)
            fixed (int* positions = _slots)
            {
                Rope.FillTable(frequencies, rotation.AttentionFactor, positions, tokens, _ropes[rope].RotaryDim / 2, _cos[rope].Pointer(), _sin[rope].Pointer());
            }
        }

        _pool = new CpuThreadPool(threads);
    }

    /// <summary>y = norm(x).</summary>
    public void Norm(CalibrationLayer layer, NormConfig norm, float* x, float* y, int rows) => Norm(layer, norm, x, norm.Width, y, norm.Width, rows, 1);

    /// <summary>y = x W^T + bias.</summary>
    public void Linear(CalibrationLayer layer, LinearConfig linear, float* x, float* y, int rows) => Linear(layer, linear, x, y, linear.OutFeatures, rows);

    /// <summary>What goes into the output projection, [rows, heads * head dimension].</summary>
    /// <param name="layer">The weights.</param>
    /// <param name="normed">The normed input of one whole sequence, [rows, hidden].</param>
    /// <param name="context">The result.</param>
    /// <param name="rows">Tokens of the sequence.</param>
    public void AttentionContext(CalibrationLayer layer, float* normed, float* context, int rows)
    {
        var attention = layer.Config.Attention;
        int stride = attention.ProjectionWidth;
        float* query = _projected.Pointer();
        float* key = query + (attention.NumHeads * attention.HeadDim);
        float* value = key + (attention.NumKvHeads * attention.HeadDim);
        float* column = query;
        foreach (var projection in attention.Projections)
        {
            Linear(layer, projection, normed, column, stride, rows);
            column += projection.OutFeatures;
        }

        if (attention.QueryNorm is { } queryNorm)
        {
            Norm(layer, queryNorm, query, stride, query, stride, rows, attention.NumHeads);
        }

        if (attention.KeyNorm is { } keyNorm)
        {
            Norm(layer, keyNorm, key, stride, key, stride, rows, attention.NumKvHeads);
        }

        if (attention.Rope >= 0)
        {
            Rotate(attention.Rope, query, stride, rows, attention.NumHeads, attention.HeadDim);
            Rotate(attention.Rope, key, stride, rows, attention.NumKvHeads, attention.HeadDim);
        }

        var layout = Layout(attention);
        var kv = new KvPool((byte*)_kv.Pointer(), (nint)layout.ByteCount, layout);
        var shape = new AttentionShape(attention.NumHeads, attention.NumKvHeads, attention.HeadDim, attention.HeadDim, attention.Scale) { Softcap = attention.ScoreSoftcap, Window = attention.Window };
        fixed (int* slots = _slots)
        fixed (int* table = _blockTable)
        {
            KvWrite.Run(kv, slots, key, stride, value, stride, rows, 0, attention.NumKvHeads);
            var sequence = new AttentionSequence
            {
                Query = query,
                QueryStride = stride,
                Output = context,
                OutputStride = attention.NumHeads * attention.HeadDim,
                BlockTable = table,
                Tokens = rows,
            };
            var work = new AttentionWork(shape, kv, &sequence, 1, (byte*)_scratch.Pointer(), (long)_scratch.Width * sizeof(float), _pool.ThreadCount);
            _pool.Run(ref work, _pool.ThreadCount);
        }
    }

    /// <summary>What goes into the down projection, [rows, intermediate].</summary>
    /// <param name="layer">The weights.</param>
    /// <param name="normed">The normed input, [rows, hidden].</param>
    /// <param name="inner">The result.</param>
    /// <param name="rows">Tokens, at most those of the longest sequence.</param>
    public void FeedForwardInner(CalibrationLayer layer, float* normed, float* inner, int rows)
    {
        var feedForward = layer.Config.FeedForward!;
        int stride = 2 * feedForward.IntermediateSize;
        float* column = _expanded.Pointer();
        foreach (var linear in feedForward.GateUp)
        {
            Linear(layer, linear, normed, column, stride, rows);
            column += linear.OutFeatures;
        }

        float* gate = _expanded.Pointer();
        var work = new GateWork(feedForward.Activation, gate, stride, inner, feedForward.IntermediateSize, rows, _pool.ThreadCount);
        _pool.Run(ref work, _pool.ThreadCount);
    }

    public void Dispose() => _pool.Dispose();

    private static KvBlockLayout Layout(AttentionConfig attention) => new(attention.NumKvHeads, attention.HeadDim, attention.HeadDim, KvType.Fp32);

    private static int[] Pinned(int count)
    {
        int[] numbers = GC.AllocateUninitializedArray<int>(count, pinned: true);
        for (int i = 0; i < count; i++)
        {
            numbers[i] = i;
        }

        return numbers;
    }

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

    private void Norm(CalibrationLayer layer, NormConfig norm, float* x, int xStride, float* y, int yStride, int rows, int segments)
    {
        fixed (float* weight = layer.Weight(norm))
        fixed (float* bias = layer.Bias(norm))
        {
            new NormRows(norm.Kind == NormKind.Rms, x, xStride, weight, bias, norm.Epsilon, y, yStride, segments, norm.Width, weightStride: 0).Run(0, rows);
        }
    }

    private void Rotate(int rope, float* x, int stride, int rows, int heads, int headDim) =>
        Rope.Run(_ropes[rope].Style, x, stride, Math.Min(rows, _tokens), heads, headDim, _ropes[rope].RotaryDim, _cos[rope].Pointer(), _sin[rope].Pointer());

    /// <summary>act(gate) * up of some rows.</summary>
    private readonly struct GateWork(Activation activation, float* gate, int stride, float* inner, int width, int rows, int parts) : IParallelWork
    {
        private readonly float* _gate = gate;
        private readonly float* _inner = inner;

        public void Run(int part)
        {
            int first = (int)((long)rows * part / parts);
            int end = (int)((long)rows * (part + 1) / parts);
            float* from = _gate + ((long)first * stride);
            Activations.RunGated(activation, from, stride, from + width, stride, _inner + ((long)first * width), width, end - first, width);
        }
    }
}
