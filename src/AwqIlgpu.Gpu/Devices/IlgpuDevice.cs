using System.Runtime.InteropServices;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;
using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Kernels;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;
using ILGPU;
using ILGPU.Runtime;
using IDevice = AwqIlgpu.Devices.IDevice;

namespace AwqIlgpu.Gpu.Devices;

/// <summary>A device that ILGPU reaches: one buffer as the arena, kernels compiled once, one queue.</summary>
/// <remarks>The host waits for the device only where it reads logits, and while weights are loaded.</remarks>
internal sealed unsafe partial class IlgpuDevice : IDevice
{
    private readonly OpenAccelerator _open;
    private readonly AcceleratorStream _stream;
    private readonly MemoryBuffer1D<byte, Stride1D.Dense> _memory;
    private readonly HostStaging _staging = new();
    private readonly IlgpuWorkspace _layout;
    private readonly long _workspace;
    private readonly RopeParameters[] _ropes;
    private readonly AttentionShape[] _attention;
    private readonly KvCache _cache;
    private readonly KvView[] _kv;
    private readonly byte[] _step;
    private readonly int _batch;
    private readonly int[] _positions;
    private readonly float[] _logits;
    private readonly int[] _ints;
    private readonly TopToken[] _best;

    private readonly Int4GemvKernel _int4Gemv;
    private readonly GemmKernel<Int4TileWeights> _int4Gemm;
    private readonly TensorGemmKernel? _tensorGemm;
    private readonly FloatGemvKernel _floatGemv;
    private readonly GemmKernel<FloatTileWeights> _floatGemm;
    private readonly RmsNormKernel _rmsNorm;
    private readonly LayerNormKernel _layerNorm;
    private readonly RopeKernel _rope;
    private readonly ActivationKernel _activation;
    private readonly EmbeddingKernel _embedding;
    private readonly RowsKernel _rows;
    private readonly AttentionKernel _attend;
    private readonly TopTokensKernel _topTokens;

    // Sequences with one token stand first in the list on the device.
    private int _decodeSegments;
    private int _decodeContext;
    private int _segmentCount;

    /// <summary>Takes over the device, allocates the plan's arena and compiles the kernels.</summary>
    /// <param name="open">The device.</param>
    /// <param name="plan">The memory to allocate.</param>
    /// <param name="weights">The model that the plan is for, described.</param>
    /// <param name="precision">Whether activations may be rounded to fp16 for tensor cores.</param>
    public IlgpuDevice(OpenAccelerator open, MemoryPlan plan, DecoderWeights weights, Precision precision)
    {
        _open = open;
        var accelerator = open.Accelerator;
        var config = weights.Config;
        int rows = DecoderModel.StepRows(plan.Settings);
        _stream = accelerator.CreateStream();
        _layout = new IlgpuWorkspace(weights, plan.Settings);
        Arena = new Arena(plan, onHost: false);
        _memory = accelerator.Allocate1D<byte>(plan.ArenaBytes);
        _workspace = Arena.Take(MemoryFootprint.Workspace).Offset;
        _ropes = config.Ropes;
        _attention = Array.ConvertAll(config.Layers, layer => Shape(layer.Attention));
        _cache = new KvCache(config, plan.Settings);
        _kv = Pools(config, plan.Settings, Arena.Take(MemoryFootprint.Kv).Offset);
        _batch = plan.Settings.Batch;
        _step = GC.AllocateArray<byte>(checked((int)_layout.StepBytes), pinned: true);
        _positions = GC.AllocateArray<int>(rows, pinned: true);
        _logits = GC.AllocateUninitializedArray<float>(checked(DecoderModel.LogitsRows(plan.Settings) * config.VocabularySize), pinned: true);
        _ints = new int[config.VocabularySize];
        _best = GC.AllocateArray<TopToken>(plan.Settings.Batch, pinned: true);

        _int4Gemv = new Int4GemvKernel(accelerator);
        _int4Gemm = new GemmKernel<Int4TileWeights>(accelerator);
        _tensorGemm = precision == Precision.Fast && TensorGemmKernel.IsSupported(accelerator) ? new TensorGemmKernel(accelerator) : null;
        _floatGemv = new FloatGemvKernel(accelerator);
        _floatGemm = new GemmKernel<FloatTileWeights>(accelerator);
        _rmsNorm = new RmsNormKernel(accelerator);
        _layerNorm = new LayerNormKernel(accelerator);
        _rope = new RopeKernel(accelerator);
        _activation = new ActivationKernel(accelerator);
        _embedding = new EmbeddingKernel(accelerator);
        _rows = new RowsKernel(accelerator);
        _attend = new AttentionKernel(accelerator);
        _topTokens = new TopTokensKernel(accelerator);
        if (Array.Exists(config.Layers, layer => layer.Experts is not null))
        {
            _routing = new RoutingKernel(accelerator);
            _expertOrder = new ExpertOrderKernel(accelerator);
            _expertGemm = new ExpertGemmKernel(accelerator);
        }
    }

    /// <inheritdoc/>
    public Arena Arena { get; }

    /// <summary>Refuses models that the kernels have no form for.</summary>
    /// <exception cref="NotSupportedException">Attention has head dimensions that the kernel does not take, or experts differ in form.</exception>
    public static void Check(DecoderWeights weights)
    {
        foreach (var layer in weights.Layers)
        {
            AttentionKernel.Check(Shape(layer.Config.Attention));
            if (layer.Experts is not null)
            {
                Check(layer.Experts);
            }
        }
    }

    /// <inheritdoc/>
    public Span<byte> Bytes(long offset, long count) => new(_staging.At(offset, count), checked((int)count));

    /// <inheritdoc/>
    public Span<float> Floats(long offset, int count) => new(_staging.At(offset, (long)count * sizeof(float)), count);

    /// <inheritdoc/>
    public Span<int> Ints(long offset, int count) => _ints.AsSpan(0, count);

    /// <inheritdoc/>
    public void PackWeights(LinearWeights linear, Int4Tile tile) => Int4Packing.PackWeights(Staged(linear), tile, linear.Config.RowOrder);

    /// <inheritdoc/>
    public void PackScales(LinearWeights linear, int row, ReadOnlySpan<float> scales, ReadOnlySpan<byte> zeroPoints) =>
        Int4Packing.PackScales(Staged(linear), row, scales, zeroPoints, linear.Config.RowOrder);

    /// <inheritdoc/>
    public void Flush() => _staging.Upload(_stream, _memory.View);

    /// <inheritdoc/>
    public Span<float> Span(DeviceMatrix matrix)
    {
        var host = _logits.AsSpan(0, matrix.Rows * matrix.Width);
        _memory.View.SubView(matrix.Offset, (long)host.Length * sizeof(float)).CopyToCPU(_stream, ref MemoryMarshal.GetReference(MemoryMarshal.AsBytes(host)), (long)host.Length * sizeof(float));
        _stream.Synchronize();
        return host;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<TopToken> Best(DeviceMatrix logits)
    {
        var best = _best.AsSpan(0, logits.Rows);
        var bytes = MemoryMarshal.AsBytes(best);
        long offset = _workspace + _layout.Best;
        _topTokens.Run(_stream, View(logits), logits.Stride, logits.Rows, logits.Width, 1, View<TopToken>(offset, logits.Rows), Parts);
        _memory.View.SubView(offset, bytes.Length).CopyToCPU(_stream, ref MemoryMarshal.GetReference(bytes), bytes.Length);
        _stream.Synchronize();
        return best;
    }

    /// <summary>For what the driver reports, which are mostly numbers, a sentence that says which device is gone and what to do.</summary>
    public Exception Explain(Exception exception) => exception is AcceleratorException
        ? new InvalidOperationException($"{_open.Id} ({_open.Accelerator.Name}) stopped answering: {exception.Message} Its driver may have reset it, or its memory is used up by other programs. Open the model again, or use another device of awq devices.", exception)
        : exception;

    /// <inheritdoc/>
    public void Begin(StepBatch batch)
    {
        var slots = StepInts(_layout.Slots);
        var segments = MemoryMarshal.Cast<byte, AttentionSegment>(_step.AsSpan((int)_layout.Segments));
        var tables = StepInts(_layout.Tables);
        _segmentCount = batch.SegmentCount;
        _decodeSegments = 0;
        _decodeContext = 0;
        foreach (ref readonly var segment in batch.Segments)
        {
            _decodeSegments += segment.Rows == 1 ? 1 : 0;
            _decodeContext = segment.Rows == 1 ? Math.Max(_decodeContext, segment.FirstPosition + 1) : _decodeContext;
        }

        int decode = 0;
        int prefill = _decodeSegments;
        for (int i = 0; i < _segmentCount; i++)
        {
            ref readonly var segment = ref batch.Segments[i];
            int used = KvCache.BlocksFor(segment.FirstPosition + segment.Rows);
            for (int blockClass = 0; blockClass < _cache.Classes.Length; blockClass++)
            {
                var table = segment.BlockTables.Span.Slice(blockClass * _layout.TableBlocks, used);
                table.CopyTo(tables[(((blockClass * _batch) + i) * _layout.TableBlocks)..]);
                for (int row = 0; row < segment.Rows; row++)
                {
                    int position = segment.FirstPosition + row;
                    slots[(blockClass * _positions.Length) + segment.FirstRow + row] = (table[position / KvBlockLayout.BlockSize] * KvBlockLayout.BlockSize) + (position % KvBlockLayout.BlockSize);
                }
            }

            segments[segment.Rows == 1 ? decode++ : prefill++] =
                new AttentionSegment { FirstRow = segment.FirstRow, Tokens = segment.Rows, Position = segment.FirstPosition, Table = i * _layout.TableBlocks };
            for (int row = 0; row < segment.Rows; row++)
            {
                _positions[segment.FirstRow + row] = segment.FirstPosition + row;
            }

            for (int rope = 0; rope < _ropes.Length; rope++)
            {
                FillRopeTable(rope, segment);
            }
        }

        _positions.AsSpan(0, batch.Rows).CopyTo(StepInts(_layout.Positions));
        Upload(_workspace, _step);
    }

    /// <inheritdoc/>
    public void Embed(LinearWeights table, ReadOnlySpan<int> tokenIds, float scale, DeviceMatrix y)
    {
        Upload(_workspace + _layout.Rows, MemoryMarshal.AsBytes(tokenIds));
        _embedding.Run(_stream, Float(table), View<int>(_workspace + _layout.Rows, tokenIds.Length), 0, scale, false, tokenIds.Length, View(y), y.Stride);
    }

    /// <inheritdoc/>
    public void AddPositions(LinearWeights table, int offset, DeviceMatrix y) =>
        _embedding.Run(_stream, Float(table), View<int>(_workspace + _layout.Positions, y.Rows), offset, 1, true, y.Rows, View(y), y.Stride);

    /// <inheritdoc/>
    public void Add(DeviceMatrix x, float scale, DeviceMatrix y) => _rows.Add(_stream, View(x), x.Stride, scale, View(y), y.Stride, y.Rows, y.Width);

    /// <inheritdoc/>
    public void Softcap(DeviceMatrix x, float cap) => _rows.Softcap(_stream, View(x), x.Stride, cap, x.Rows, x.Width);

    /// <inheritdoc/>
    public void GatherRows(DeviceMatrix x, ReadOnlySpan<int> rows, DeviceMatrix y)
    {
        Upload(_workspace + _layout.Rows, MemoryMarshal.AsBytes(rows));
        _rows.Gather(_stream, View(x), x.Stride, View<int>(_workspace + _layout.Rows, rows.Length), View(y), y.Stride, rows.Length, x.Width);
    }

    /// <inheritdoc/>
    public void Norm(NormWeights norm, DeviceMatrix x, DeviceMatrix y)
    {
        var config = norm.Config;
        var weight = View<float>(norm.Offset, (long)config.Width * config.Segments);
        if (config.Kind == NormKind.Rms)
        {
            _rmsNorm.Run(_stream, View(x), x.Stride, weight, config.Epsilon, View(y), y.Stride, x.Rows, x.Width / config.Width, config.Width);
        }
        else
        {
            _layerNorm.Run(_stream, View(x), x.Stride, weight, norm.BiasOffset < 0 ? default : View<float>(norm.BiasOffset, config.Width), config.Epsilon, View(y), y.Stride, x.Rows, x.Width / config.Width, config.Width);
        }
    }

    /// <inheritdoc/>
    public void Linear(LinearWeights[] linears, DeviceMatrix x, DeviceMatrix y, bool accumulate = false, float scale = 1)
    {
        int column = 0;
        foreach (var linear in linears)
        {
            int width = linear.Info.OutFeatures;
            Product(linear, x, y.Columns(column, width), accumulate, scale);
            column += width;
        }
    }

    /// <inheritdoc/>
    public void LinearHeads(HeadMatrices matrices, DeviceMatrix x, int xHeadStride, DeviceMatrix y, int yHeadStride)
    {
        for (int head = 0; head < matrices.Heads; head++)
        {
            var weights = new FloatView(matrices.OutFeatures, matrices.InFeatures, TensorType.Float32, View<byte>(matrices.Offset + (head * matrices.HeadBytes), matrices.HeadBytes));
            Product(null, weights, x.Columns(head * xHeadStride, matrices.InFeatures), y.Columns(head * yHeadStride, matrices.OutFeatures), default, false, 1);
        }
    }

    /// <inheritdoc/>
    public void CopyHeads(DeviceMatrix x, int xHeadDim, DeviceMatrix y, int yHeadDim, int width) =>
        _rows.CopyHeads(_stream, View(x), x.Stride, xHeadDim, View(y), y.Stride, yHeadDim, x.Rows, x.Width / xHeadDim, width);

    /// <inheritdoc/>
    public void RotateAndWriteKv(int layer, int rope, DeviceMatrix queries, int queryDim, DeviceMatrix keys, DeviceMatrix values)
    {
        var table = rope < 0 ? default : RopeTable(rope);
        int heads = rope < 0 ? 0 : queries.Width / queryDim;
        _rope.Run(_stream, table, new Queries(View(queries), queries.Stride, heads, queryDim), View(keys), View(values), keys.Stride, keys.Rows, View<int>(_workspace + _layout.Slots + ((long)_cache.ClassOf(layer) * _positions.Length * sizeof(int)), keys.Rows), _kv[layer]);
    }

    /// <inheritdoc/>
    public void Attend(int layer, DeviceMatrix query, DeviceMatrix y)
    {
        var arguments = new AttentionArguments(
            _attention[layer],
            View(query),
            query.Stride,
            View(y),
            y.Stride,
            View<AttentionSegment>(_workspace + _layout.Segments, _segmentCount),
            View<int>(_workspace + _layout.Tables + ((long)_cache.ClassOf(layer) * _batch * _layout.TableBlocks * sizeof(int)), (long)_segmentCount * _layout.TableBlocks));
        if (_decodeSegments > 0)
        {
            _attend.Decode(_stream, arguments, _kv[layer], 0, _decodeSegments, _decodeContext, Parts);
        }

        var segments = MemoryMarshal.Cast<byte, AttentionSegment>(_step.AsSpan((int)_layout.Segments));
        for (int i = _decodeSegments; i < _segmentCount; i++)
        {
            _attend.Prefill(_stream, arguments, _kv[layer], i, segments[i].Tokens);
        }
    }

    /// <inheritdoc/>
    public void GatedActivation(Activation activation, DeviceMatrix gate, DeviceMatrix up) =>
        _activation.Run(_stream, activation, View(gate), View(up), up.Stride, gate.Stride, gate.Rows, gate.Width);

    /// <inheritdoc/>
    public void Activation(Activation activation, DeviceMatrix x, VectorWeights? factors) =>
        _activation.Run(_stream, activation, View(x), factors is null ? default : View<float>(factors.Offset, factors.Count), 0, x.Stride, x.Rows, x.Width);

    /// <inheritdoc/>
    public void ScaleBySigmoid(DeviceMatrix gate, DeviceMatrix x) => _rows.ScaleBySigmoid(_stream, View(gate), gate.Stride, View(x), x.Stride, x.Rows, x.Width);

    /// <inheritdoc/>
    public void Dispose()
    {
        _staging.Dispose();
        _memory.Dispose();
        _stream.Dispose();
        _open.Dispose();
    }

    private static AttentionShape Shape(AttentionConfig attention) =>
        new(attention.NumHeads, attention.NumKvHeads, attention.KeyDim, attention.ValueDim, attention.Scale) { Softcap = attention.ScoreSoftcap, Window = attention.Window };

    private ArrayView<float> Parts => View<float>(_workspace + _layout.Parts, _layout.PartFloats);

    private void Product(LinearWeights linear, DeviceMatrix x, DeviceMatrix y, bool accumulate, float scale) => Product(
        linear.Int4 is { } shape ? new Int4View(shape, View<byte>(linear.Offset, shape.ByteCount)) : null,
        linear.Int4 is null ? Float(linear) : default,
        x,
        y,
        linear.BiasOffset < 0 ? default : View<float>(linear.BiasOffset, linear.Info.OutFeatures),
        accumulate,
        scale);

    // A GEMM pays from the tokens on that no longer fit one pass over the weights; rows that are not aligned are beyond it.
    private void Product(Int4View? int4, FloatView floats, DeviceMatrix x, DeviceMatrix y, ArrayView<float> bias, bool accumulate, float scale)
    {
        bool isAligned = x.Stride % 4 == 0 && x.Offset % 16 == 0 && x.Width % 8 == 0;
        int pass = x.Rows > Int4GemvKernel.MaxTokens && isAligned ? x.Rows : Int4GemvKernel.MaxTokens;
        for (int row = 0; row < x.Rows; row += pass)
        {
            int tokens = Math.Min(pass, x.Rows - row);
            var input = View(x.Slice(row, tokens));
            var output = new LinearOutput(View(y.Slice(row, tokens)), y.Stride, bias, accumulate, scale);
            if (int4 is { } weights)
            {
                if (tokens <= Int4GemvKernel.MaxTokens)
                {
                    _int4Gemv.Run(_stream, input, x.Stride, tokens, weights, output, Parts);
                }
                else if (_tensorGemm is not null)
                {
                    _tensorGemm.Run(_stream, input, x.Stride, tokens, new Int4TileWeights(weights), output);
                }
                else
                {
                    _int4Gemm.Run(_stream, input, x.Stride, tokens, new Int4TileWeights(weights), output);
                }
            }
            else if (tokens <= FloatGemvKernel.MaxTokens)
            {
                _floatGemv.Run(_stream, input, x.Stride, tokens, floats, output);
            }
            else
            {
                _floatGemm.Run(_stream, input, x.Stride, tokens, new FloatTileWeights(floats), output);
            }
        }
    }

    private KvView[] Pools(DecoderConfig config, MemorySettings settings, long start)
    {
        var pools = new KvView[config.Layers.Length];
        for (int i = 0; i < pools.Length; i++)
        {
            var layout = KvCache.Layout(config.Layers[i].Attention, settings.Kv);
            long bytes = _cache.PoolBytes(i);
            pools[i] = new KvView(layout, View<byte>(start, bytes));
            start += Arena.Align(bytes);
        }

        return pools;
    }

    private void FillRopeTable(int rope, in StepBatch.Segment segment)
    {
        var rotation = segment.Rotations[rope];
        int pairs = _ropes[rope].RotaryDim / 2;
        fixed (byte* step = _step)
        fixed (double* frequencies = rotation.InverseFrequencies)
        fixed (int* positions = _positions)
        {
            float* cos = (float*)(step + _layout.Ropes[rope]) + ((nint)segment.FirstRow * pairs);
            float* sin = cos + ((nint)_positions.Length * pairs);
            Rope.FillTable(frequencies, rotation.AttentionFactor, positions + segment.FirstRow, segment.Rows, pairs, cos, sin);
        }
    }

    private RopeArguments RopeTable(int rope)
    {
        int pairs = _ropes[rope].RotaryDim / 2;
        long count = (long)_positions.Length * pairs;
        long offset = _workspace + _layout.Ropes[rope];
        return new RopeArguments(_ropes[rope].Style, View<float>(offset, count), View<float>(offset + (count * sizeof(float)), count), pairs);
    }

    private Span<int> StepInts(long offset) => MemoryMarshal.Cast<byte, int>(_step.AsSpan((int)offset));

    private void Upload(long offset, ReadOnlySpan<byte> bytes) =>
        _memory.View.SubView(offset, bytes.Length).CopyFromCPU(_stream, ref MemoryMarshal.GetReference(bytes), bytes.Length);

    private ArrayView<T> View<T>(long offset, long count)
        where T : unmanaged => _memory.View.SubView(offset, count * sizeof(T)).BaseView.Cast<T>();

    // From the first element to the end of the last row.
    private ArrayView<float> View(DeviceMatrix matrix) => View<float>(matrix.Offset, ((long)(matrix.Rows - 1) * matrix.Stride) + matrix.Width);

    private Int4Matrix Staged(LinearWeights linear) => new(linear.Int4!.Value, _staging.At(linear.Offset, linear.ByteCount));

    private FloatView Float(LinearWeights linear) =>
        new(linear.Info.OutFeatures, linear.Info.InFeatures, linear.Info.FloatType, View<byte>(linear.Offset, linear.ByteCount));
}
