using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;
using AwqIlgpu.Models;

namespace AwqIlgpu.Quantization;

/// <content>Attention.</content>
internal sealed unsafe partial class LayerForward
{
    private readonly RopeParameters[] _ropes;
    private readonly int[] _slots;
    private readonly int[] _blockTable;
    private readonly ActivationRows _projected;
    private readonly ActivationRows _kv;
    private readonly ActivationRows _scratch;
    private readonly ActivationRows[] _cos;
    private readonly ActivationRows[] _sin;
    private readonly ActivationRows _latentQuery;
    private readonly ActivationRows _latentKey;
    private readonly ActivationRows _latent;
    private readonly ActivationRows _keyValue;
    private readonly ActivationRows _keys;
    private readonly ActivationRows _values;

    /// <summary>What attention adds to the hidden state.</summary>
    /// <param name="layer">The weights.</param>
    /// <param name="input">What attention reads, one whole sequence, [rows, hidden].</param>
    /// <param name="y">The result, [rows, hidden].</param>
    /// <param name="rows">Tokens of the sequence.</param>
    /// <param name="tap">Sees the inputs of linears inside the block; may be null.</param>
    public void Attention(CalibrationLayer layer, float* input, float* y, int rows, InputTap? tap)
    {
        var output = layer.Config.Attention.Output;
        if (layer.Config.Attention.Latent is { } latent)
        {
            LatentContext(layer, latent, input, rows, tap);
        }
        else
        {
            Context(layer, input, rows);
        }

        Show(tap, new(LayerPlace.Output), _inner, output.InFeatures, _slots.AsSpan(0, rows));
        Linear(layer, output, _inner.Pointer(), y, rows);
        Finish(layer, layer.Config.AttentionOutputNorm, y, rows);
    }

    /// <summary>How keys and values lie; those of latent attention are made for each head, as its weights do.</summary>
    internal static KvBlockLayout Layout(AttentionConfig attention) => attention.Latent is { } latent
        ? new(attention.NumHeads, latent.QueryDim, latent.ValueDim, KvType.Fp32)
        : new(attention.NumKvHeads, attention.HeadDim, attention.HeadDim, KvType.Fp32);

    private void Context(CalibrationLayer layer, float* input, int rows)
    {
        var attention = layer.Config.Attention;
        int stride = attention.ProjectionWidth;
        int queryWidth = attention.NumHeads * attention.HeadDim;
        int kvWidth = attention.NumKvHeads * attention.HeadDim;
        float* query = _projected.Pointer();
        float* key = query + queryWidth;
        float* column = query;
        foreach (var projection in attention.Projections)
        {
            Linear(layer, projection, input, column, stride, rows);
            column += projection.OutFeatures;
        }

        if (attention.QueryNorm is { } queryNorm)
        {
            Norm(layer, queryNorm, query, queryWidth, stride, query, stride, rows);
        }

        if (attention.KeyNorm is { } keyNorm)
        {
            Norm(layer, keyNorm, key, kvWidth, stride, key, stride, rows);
        }

        if (attention.Rope >= 0)
        {
            Rotate(attention.Rope, query, stride, rows, attention.NumHeads, attention.HeadDim);
            Rotate(attention.Rope, key, stride, rows, attention.NumKvHeads, attention.HeadDim);
        }

        Attend(attention, query, stride, key, stride, key + kvWidth, stride, rows);
    }

    private void LatentContext(CalibrationLayer layer, LatentConfig latent, float* input, int rows, InputTap? tap)
    {
        var attention = layer.Config.Attention;
        int heads = attention.NumHeads;
        var tokens = _slots.AsSpan(0, rows);
        float* queryInput = input;
        if (latent.QueryDown is { } down)
        {
            queryInput = _latentQuery.Pointer();
            Linear(layer, down, input, queryInput, rows);
            if (latent.QueryDownNorm is { } norm)
            {
                Norm(layer, norm, queryInput, queryInput, rows);
            }

            Show(tap, new(LayerPlace.LatentQuery), _latentQuery, down.OutFeatures, tokens);
        }

        float* query = _projected.Pointer(); // [rows, heads, rope + plain]
        Linear(layer, latent.Query, queryInput, query, rows);
        float* latentKey = _latentKey.Pointer(); // [rows, rope + rank]
        Linear(layer, latent.KeyValueDown, input, latentKey, rows);
        Norm(layer, latent.KeyValueNorm, latentKey + latent.RopeDim, latent.Rank, latent.KeyDim, _latent.Pointer(), latent.Rank, rows);
        Show(tap, new(LayerPlace.LatentKeyValue), _latent, latent.Rank, tokens);
        Linear(layer, latent.KeyValueUp, _latent.Pointer(), _keyValue.Pointer(), rows); // [rows, heads, plain + value]
        if (attention.Rope >= 0)
        {
            Rotate(attention.Rope, query, heads * latent.QueryDim, rows, heads, latent.QueryDim);
            Rotate(attention.Rope, latentKey, latent.KeyDim, rows, 1, latent.RopeDim);
        }

        for (int i = 0; i < rows * heads; i++)
        {
            float* keyValue = _keyValue.Pointer() + ((long)i * (latent.PlainDim + latent.ValueDim));
            float* key = _keys.Pointer() + ((long)i * latent.QueryDim);
            new ReadOnlySpan<float>(latentKey + ((long)(i / heads) * latent.KeyDim), latent.RopeDim).CopyTo(new Span<float>(key, latent.RopeDim));
            new ReadOnlySpan<float>(keyValue, latent.PlainDim).CopyTo(new Span<float>(key + latent.RopeDim, latent.PlainDim));
            new ReadOnlySpan<float>(keyValue + latent.PlainDim, latent.ValueDim).CopyTo(new Span<float>(_values.Pointer() + ((long)i * latent.ValueDim), latent.ValueDim));
        }

        Attend(attention, query, heads * latent.QueryDim, _keys.Pointer(), heads * latent.QueryDim, _values.Pointer(), heads * latent.ValueDim, rows);
    }

    private void Attend(AttentionConfig attention, float* query, int queryStride, float* key, int keyStride, float* value, int valueStride, int rows)
    {
        var layout = Layout(attention);
        int kvHeads = attention.Latent is null ? attention.NumKvHeads : attention.NumHeads;
        int keyDim = attention.Latent?.QueryDim ?? attention.HeadDim;
        var kv = new KvPool((byte*)_kv.Pointer(), (nint)layout.ByteCount, layout);
        var shape = new AttentionShape(attention.NumHeads, kvHeads, keyDim, attention.HeadDim, attention.Scale) { Softcap = attention.ScoreSoftcap, Window = attention.Window };
        fixed (int* slots = _slots)
        fixed (int* table = _blockTable)
        {
            KvWrite.Run(kv, slots, key, keyStride, value, valueStride, rows, 0, kvHeads);
            var sequence = new AttentionSequence
            {
                Query = query,
                QueryStride = queryStride,
                Output = _inner.Pointer(),
                OutputStride = attention.NumHeads * attention.HeadDim,
                BlockTable = table,
                Tokens = rows,
            };
            var work = new AttentionWork(shape, kv, &sequence, 1, CacheLine.Align(_scratch.Pointer()), (long)_scratch.Width * sizeof(float), _pool.ThreadCount);
            _pool.Run(ref work, _pool.ThreadCount);
        }
    }

    private void Rotate(int rope, float* x, int stride, int rows, int heads, int headDim) =>
        Rope.Run(_ropes[rope].Style, x, stride, rows, heads, headDim, _ropes[rope].RotaryDim, _cos[rope].Pointer(), _sin[rope].Pointer());
}
