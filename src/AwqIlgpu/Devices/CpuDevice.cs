using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;

namespace AwqIlgpu.Devices;

/// <summary>The CPU: an arena, threads, and the operations that a decoder is made of. No operation allocates.</summary>
internal sealed unsafe partial class CpuDevice : IDevice
{
    // Work on fewer floats than this is done before another thread is awake.
    private const int FloatsWorthADispatch = 16 * 1024;

    private readonly CpuThreadPool _pool;
    private readonly Precision _precision;
    private readonly CpuPath _path = CpuPaths.Best;
    private readonly CpuWorkspace _layout;
    private readonly RopeParameters[] _ropes;
    private readonly KvCache _cache;
    private readonly KvPool[] _kv;
    private readonly AttentionShape[] _attention;
    private readonly byte* _workspace;
    private readonly int[] _positions;
    private readonly TopToken[] _best;
    private readonly int[] _slots;
    private readonly AttentionSequence[] _sequences;
    private readonly int*[] _blockTables;
    private readonly LinearCall[] _calls;
    private readonly int[] _expertStarts;
    private int _sequenceCount;

    /// <param name="plan">The memory to allocate.</param>
    /// <param name="weights">The model that the plan is for, described.</param>
    /// <param name="precision">How activations enter int4 products.</param>
    /// <param name="threads">Threads that compute.</param>
    public CpuDevice(MemoryPlan plan, DecoderWeights weights, Precision precision, int threads)
    {
        int rows = DecoderModel.StepRows(plan.Settings);
        _precision = precision;
        _layout = new CpuWorkspace(weights, rows, threads);
        _ropes = weights.Config.Ropes;
        _positions = new int[rows];
        _best = new TopToken[plan.Settings.Batch];
        _cache = new KvCache(weights.Config, plan.Settings);
        _slots = new int[_cache.Classes.Length * rows];
        _sequences = new AttentionSequence[plan.Settings.Batch];
        _blockTables = new int*[plan.Settings.Batch];
        _calls = new LinearCall[weights.Config.Layers.Max(MostCalls)];
        _expertStarts = new int[1 + weights.Config.Layers.Max(l => l.Experts?.Experts.Length ?? 0)];
        Arena = new Arena(plan);
        _workspace = Arena.Start + Arena.Take(MemoryFootprint.Workspace).Offset;
        _kv = _cache.Pools(Arena.Start + Arena.Take(MemoryFootprint.Kv).Offset);
        _attention = Array.ConvertAll(weights.Config.Layers, layer => Shape(layer.Attention));
        _pool = new CpuThreadPool(threads);
    }

    /// <summary>All memory of the device.</summary>
    public Arena Arena { get; }

    /// <summary>Bytes of the arena, for reading weights into their place.</summary>
    public Span<byte> Bytes(long offset, long count) => new(Arena.Start + offset, checked((int)count));

    /// <summary>Floats of the arena, for reading weights into their place.</summary>
    public Span<float> Floats(long offset, int count) => new(Arena.Start + offset, count);

    /// <summary>Ints of the arena.</summary>
    public Span<int> Ints(long offset, int count) => new(Arena.Start + offset, count);

    /// <summary>A matrix whose rows lie side by side, as the host sees it.</summary>
    public Span<float> Span(DeviceMatrix matrix) => new(Pointer(matrix), matrix.Rows * matrix.Width);

    /// <inheritdoc/>
    public ReadOnlySpan<TopToken> Best(DeviceMatrix logits)
    {
        fixed (TopToken* best = _best)
        {
            ForRows(new BestRows(Pointer(logits), logits.Stride, logits.Width, best), logits.Rows, logits.Width);
        }

        return _best.AsSpan(0, logits.Rows);
    }

    /// <summary>The exception itself: it is the model's or the caller's.</summary>
    public Exception Explain(Exception exception) => exception;

    /// <summary>Packs a tile of int4 weights into its place.</summary>
    public void PackWeights(LinearWeights linear, Int4Tile tile) => Int4Packing.PackWeights(Int4(linear), tile, linear.Config.RowOrder);

    /// <summary>Packs the scales and zero points of some rows of a layer, [rows, groups] each, into their place.</summary>
    public void PackScales(LinearWeights linear, int row, ReadOnlySpan<float> scales, ReadOnlySpan<byte> zeroPoints) =>
        Int4Packing.PackScales(Int4(linear), row, scales, zeroPoints, linear.Config.RowOrder);

    /// <summary>Nothing to do: what the host writes is in its place.</summary>
    public void Flush()
    {
    }

    /// <summary>Starts a step: the batch that attention and rotation refer to, and its rope tables.</summary>
    public void Begin(StepBatch batch)
    {
        _sequenceCount = batch.SegmentCount;
        for (int i = 0; i < _sequenceCount; i++)
        {
            ref readonly var segment = ref batch.Segments[i];
            // Block tables are pinned for as long as their sequence lives, see KvBlockAllocator.
            _blockTables[i] = (int*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(segment.BlockTables.Span));
            _sequences[i] = new AttentionSequence { Position = segment.FirstPosition, Tokens = segment.Rows, IsInt16 = _precision == Precision.Fast && segment.IsPrompt };
            for (int row = 0; row < segment.Rows; row++)
            {
                int position = segment.FirstPosition + row;
                _positions[segment.FirstRow + row] = position;
                for (int blockClass = 0; blockClass < _cache.Classes.Length; blockClass++)
                {
                    int block = _blockTables[i][(blockClass * _cache.TableBlocks) + (position / KvBlockLayout.BlockSize)];
                    _slots[(blockClass * _positions.Length) + segment.FirstRow + row] = (block * KvBlockLayout.BlockSize) + (position % KvBlockLayout.BlockSize);
                }
            }

            for (int rope = 0; rope < _ropes.Length; rope++)
            {
                FillRopeTable(rope, segment);
            }
        }
    }

    /// <summary>y = scale * the embeddings of the tokens.</summary>
    public void Embed(LinearWeights table, ReadOnlySpan<int> tokenIds, float scale, DeviceMatrix y)
    {
        fixed (int* ids = tokenIds)
        {
            if (table.IsInt8)
            {
                ForRows(new EmbedInt8Rows(Int4(table), ids, scale, Pointer(y), y.Stride, y.Width), y.Rows, y.Width);
            }
            else
            {
                ForRows(new EmbedRows(Float(table), ids, scale, Pointer(y), y.Stride), y.Rows, y.Width);
            }
        }
    }

    /// <summary>y += the embeddings of the tokens' positions, of which position 0 has row <paramref name="offset"/>.</summary>
    public void AddPositions(LinearWeights table, int offset, DeviceMatrix y)
    {
        fixed (int* positions = _positions)
        {
            ForRows(new AddPositionRows(Float(table), positions, offset, Pointer(y), y.Stride), y.Rows, y.Width);
        }
    }

    /// <summary>y += scale * x.</summary>
    public void Add(DeviceMatrix x, float scale, DeviceMatrix y) =>
        ForRows(new AddRows(Pointer(x), x.Stride, scale, Pointer(y), y.Stride, y.Width), y.Rows, y.Width);

    /// <summary>x = cap * tanh(x / cap).</summary>
    public void Softcap(DeviceMatrix x, float cap) =>
        ForRows(new SoftcapRows(Pointer(x), x.Stride, x.Width, cap), x.Rows, x.Width);

    /// <summary>y = some rows of x.</summary>
    public void GatherRows(DeviceMatrix x, ReadOnlySpan<int> rows, DeviceMatrix y)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            new ReadOnlySpan<float>(Pointer(x) + ((long)rows[i] * x.Stride), x.Width).CopyTo(new Span<float>(Pointer(y) + ((long)i * y.Stride), y.Width));
        }
    }

    /// <summary>y = norm(x), over whole rows or over segments of them as wide as the norm; y may be x.</summary>
    public void Norm(NormWeights norm, DeviceMatrix x, DeviceMatrix y)
    {
        var config = norm.Config;
        var bias = norm.BiasOffset < 0 ? null : FloatPointer(norm.BiasOffset);
        ForRows(
            new NormRows(config.Kind == NormKind.Rms, Pointer(x), x.Stride, FloatPointer(norm.Offset), bias, config.Epsilon, Pointer(y), y.Stride, x.Width / config.Width, config.Width, config.Segments == 1 ? 0 : config.Width),
            x.Rows,
            x.Width);
    }

    /// <summary>y = scale * (x W^T + bias) for each linear, their outputs side by side in y; or y += that.</summary>
    public void Linear(LinearWeights[] linears, DeviceMatrix x, DeviceMatrix y, bool accumulate = false, float scale = 1)
    {
        AddCalls(linears, x, y, accumulate, scale, _calls);
        RunCalls(linears.Length);
    }

    /// <summary>y = x W^T for each head, with a matrix of its own; x and y begin with the first head's columns.</summary>
    /// <param name="matrices">The matrices.</param>
    /// <param name="x">Inputs, a head every <paramref name="xHeadStride"/> columns.</param>
    /// <param name="xHeadStride">Columns from one head's input to the next.</param>
    /// <param name="y">Outputs, a head every <paramref name="yHeadStride"/> columns.</param>
    /// <param name="yHeadStride">Columns from one head's output to the next.</param>
    public void LinearHeads(HeadMatrices matrices, DeviceMatrix x, int xHeadStride, DeviceMatrix y, int yHeadStride)
    {
        for (int head = 0; head < matrices.Heads; head++)
        {
            var matrix = new FloatMatrix(matrices.OutFeatures, matrices.InFeatures, TensorType.Float32, Arena.Start + matrices.Offset + (head * matrices.HeadBytes));
            _calls[head] = new LinearCall(matrix, Pointer(x) + ((nint)head * xHeadStride), x.Stride, x.Rows, Pointer(y) + ((nint)head * yHeadStride), y.Stride);
        }

        RunCalls(matrices.Heads);
    }

    /// <summary>Copies the first <paramref name="width"/> columns of every head of x to heads of another width in y.</summary>
    public void CopyHeads(DeviceMatrix x, int xHeadDim, DeviceMatrix y, int yHeadDim, int width) =>
        ForRows(new CopyHeadRows(Pointer(x), x.Stride, xHeadDim, Pointer(y), y.Stride, yHeadDim, x.Width / xHeadDim, width), x.Rows, x.Width);

    /// <summary>Turns every head of the queries by its token's position, and stores the keys, turned alike, and the values in a layer's cache.</summary>
    public void RotateAndWriteKv(int layer, int rope, DeviceMatrix queries, int queryDim, DeviceMatrix keys, DeviceMatrix values)
    {
        if (rope >= 0)
        {
            Rotate(rope, queryDim, queries);
            Rotate(rope, _attention[layer].HeadDimK, keys);
        }

        fixed (int* slots = _slots)
        {
            KvWrite.Run(_kv[layer], slots + (_cache.ClassOf(layer) * _positions.Length), Pointer(keys), keys.Stride, Pointer(values), values.Stride, keys.Rows, 0, _attention[layer].KvHeads);
        }
    }

    /// <summary>y = attention of each query over its sequence's cache, the batch's own tokens included.</summary>
    public void Attend(int layer, DeviceMatrix query, DeviceMatrix y)
    {
        int row = 0;
        for (int i = 0; i < _sequenceCount; i++)
        {
            ref var sequence = ref _sequences[i];
            sequence.BlockTable = _blockTables[i] + (_cache.ClassOf(layer) * _cache.TableBlocks);
            sequence.Query = Pointer(query) + ((nint)row * query.Stride);
            sequence.QueryStride = query.Stride;
            sequence.Output = Pointer(y) + ((nint)row * y.Stride);
            sequence.OutputStride = y.Stride;
            row += sequence.Tokens;
        }

        fixed (AttentionSequence* sequences = _sequences)
        {
            var work = new AttentionWork(_attention[layer], _kv[layer], sequences, _sequenceCount, _workspace + _layout.LinearOffset, _layout.AttentionBytesPerThread, _pool.ThreadCount);
            _pool.Run(ref work, _pool.ThreadCount);
        }
    }

    /// <summary>gate = act(gate) * up.</summary>
    public void GatedActivation(Activation activation, DeviceMatrix gate, DeviceMatrix up) =>
        ForRows(new GateRows(activation, Pointer(gate), gate.Stride, Pointer(up), up.Stride, gate.Width), gate.Rows, gate.Width);

    /// <summary>x = act(x), times a factor for each column where <paramref name="factors"/> is not null.</summary>
    public void Activation(Activation activation, DeviceMatrix x, VectorWeights? factors) =>
        ForRows(new GateRows(activation, Pointer(x), x.Stride, factors is null ? null : FloatPointer(factors.Offset), 0, x.Width), x.Rows, x.Width);

    /// <summary>x *= sigmoid(gate), where gate has one column.</summary>
    public void ScaleBySigmoid(DeviceMatrix gate, DeviceMatrix x) =>
        ForRows(new SigmoidScaleRows(Pointer(gate), gate.Stride, Pointer(x), x.Stride, x.Width), x.Rows, x.Width);

    /// <inheritdoc/>
    public void Dispose()
    {
        _pool.Dispose();
        Arena.Dispose();
    }

    private static AttentionShape Shape(AttentionConfig attention) =>
        new(attention.NumHeads, attention.NumKvHeads, attention.KeyDim, attention.ValueDim, attention.Scale) { Softcap = attention.ScoreSoftcap, Window = attention.Window };

    private void Rotate(int rope, int headDim, DeviceMatrix x)
    {
        var parameters = _ropes[rope];
        float* cos = RopeTable(rope);
        float* sin = cos + (_layout.RopeBytes(parameters) / sizeof(float));
        ForRows(new RotateRows(parameters.Style, Pointer(x), x.Stride, x.Width / headDim, headDim, parameters.RotaryDim, cos, sin), x.Rows, x.Width);
    }

    // A projection each of query, key and value; a matrix for each head; two for each expert that has tokens.
    private static int MostCalls(LayerConfig layer) =>
        Math.Max(3, Math.Max(layer.Attention.Latent is null ? 0 : layer.Attention.NumHeads, layer.Experts is null ? 0 : layer.Experts.Experts.Length * layer.Experts.Experts[0].GateUp.Length));

    private void AddCalls(LinearWeights[] linears, DeviceMatrix x, DeviceMatrix y, bool accumulate, float scale, Span<LinearCall> calls)
    {
        int column = 0;
        for (int i = 0; i < linears.Length; i++)
        {
            var linear = linears[i];
            float* bias = linear.BiasOffset < 0 ? null : FloatPointer(linear.BiasOffset);
            calls[i] = linear.Int4 is null
                ? new LinearCall(Float(linear), Pointer(x), x.Stride, x.Rows, Pointer(y) + column, y.Stride, bias, accumulate, scale)
                : new LinearCall(Int4(linear), Pointer(x), x.Stride, x.Rows, Pointer(y) + column, y.Stride, bias, accumulate, scale) { XFeatures = linear.Info.InFeatures };
            column += linear.Info.OutFeatures;
        }
    }

    private void RunCalls(int count) =>
        LinearProducts.Run(_pool, _calls.AsSpan(0, count), _precision, _path, _workspace + _layout.LinearOffset, _layout.LinearBytes);

    private void FillRopeTable(int rope, in StepBatch.Segment segment)
    {
        var parameters = _ropes[rope];
        var rotation = segment.Rotations[rope];
        int pairs = parameters.RotaryDim / 2;
        float* cos = RopeTable(rope) + ((nint)segment.FirstRow * pairs);
        float* sin = cos + (_layout.RopeBytes(parameters) / sizeof(float));
        fixed (double* frequencies = rotation.InverseFrequencies)
        fixed (int* positions = _positions)
        {
            Rope.FillTable(frequencies, rotation.AttentionFactor, positions + segment.FirstRow, segment.Rows, pairs, cos, sin);
        }
    }

    private void ForRows<TOperation>(TOperation operation, int rows, int width)
        where TOperation : struct, IRowOperation
    {
        int parts = (int)Math.Min(Math.Min(_pool.ThreadCount, rows), 1 + ((long)rows * width / FloatsWorthADispatch));
        if (parts <= 1)
        {
            operation.Run(0, rows);
        }
        else
        {
            var work = new RowWork<TOperation>(operation, rows, parts);
            _pool.Run(ref work, parts);
        }
    }

    private float* RopeTable(int rope) => (float*)(_workspace + _layout.RopeOffsets[rope]);

    private float* Pointer(DeviceMatrix matrix) => FloatPointer(matrix.Offset);

    private float* FloatPointer(long offset) => (float*)(Arena.Start + offset);

    private Int4Matrix Int4(LinearWeights linear) => new(linear.Int4!.Value, Arena.Start + linear.Offset);

    private FloatMatrix Float(LinearWeights linear) =>
        new(linear.Info.OutFeatures, linear.Info.InFeatures, linear.Info.FloatType, Arena.Start + linear.Offset);
}
