using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Kernels;
using AwqIlgpu.Tests.Kernels;
using ILGPU;

namespace AwqIlgpu.Gpu.Tests.Kernels;

/// <summary>Sequences of a test with keys and values in one pool of shuffled blocks; what nothing has written holds bits that are NaN as float.</summary>
internal sealed class DeviceSequences
{
    private readonly TestAccelerator _device;
    private readonly AttentionShape _shape;
    private readonly KvType _type;
    private readonly List<(float[] Query, float[] Keys, float[] Values)> _data = [];

    /// <inheritdoc cref="DeviceSequences(TestAccelerator, AttentionShape, KvType, bool, ValueTuple{int, int}[])"/>
    public DeviceSequences(TestAccelerator device, AttentionShape shape, KvType type, params (int Context, int Tokens)[] lengths)
        : this(device, shape, type, keysEndInValues: false, lengths)
    {
    }

    /// <param name="device">Where.</param>
    /// <param name="shape">What to compute.</param>
    /// <param name="type">What the cache stores.</param>
    /// <param name="keysEndInValues">Whether a key ends in its value, as in latent attention.</param>
    /// <param name="lengths">Cached tokens, those of the batch included, and tokens of the batch, of each sequence.</param>
    public DeviceSequences(TestAccelerator device, AttentionShape shape, KvType type, bool keysEndInValues, params (int Context, int Tokens)[] lengths)
    {
        (_device, _shape, _type) = (device, shape, type);
        var layout = new KvBlockLayout(shape.KvHeads, shape.HeadDimK - (keysEndInValues ? shape.HeadDimV : 0), shape.HeadDimV, type, keysEndInValues);
        int blocks = lengths.Sum(l => Blocks(l.Context)) + 1;
        int[] tables = [.. Enumerable.Range(0, blocks)];
        new Random(blocks).Shuffle(tables);
        Cache = new KvView(layout, device.New<byte>(blocks * layout.ByteCount));
        Lengths = lengths;
        Rows = lengths.Sum(l => l.Tokens);
        Output = device.New<float>(Rows * shape.Heads * shape.HeadDimV);
        var segments = new List<AttentionSegment>();
        int table = 0;
        int row = 0;
        var kernel = new RopeKernel(device.Accelerator);
        foreach (var (context, tokens) in lengths)
        {
            float[] keys = Numbers.Normal(context * shape.KvHeads * shape.HeadDimK, seed: context);
            float[] values = Numbers.Normal(context * shape.KvHeads * shape.HeadDimV, seed: context + 1);
            for (int token = 0; keysEndInValues && token < context; token++)
            {
                values.AsSpan(token * shape.HeadDimV, shape.HeadDimV).CopyTo(keys.AsSpan((token * shape.HeadDimK) + layout.HeadDimK));
            }

            _data.Add((Numbers.Normal(tokens * shape.Heads * shape.HeadDimK, seed: tokens), keys, values));
            Store(kernel, keys, values, [.. Enumerable.Range(0, context).Select(p => (tables[table + (p / KvBlockLayout.BlockSize)] * KvBlockLayout.BlockSize) + (p % KvBlockLayout.BlockSize))]);
            segments.Add(new AttentionSegment { FirstRow = row, Tokens = tokens, Position = context - tokens, Table = table });
            table += Blocks(context);
            row += tokens;
        }

        Arguments = new AttentionArguments(
            shape, device.Of([.. _data.SelectMany(d => d.Query)]), shape.Heads * shape.HeadDimK, Output, shape.Heads * shape.HeadDimV, device.Of([.. segments]), device.Of(tables));
    }

    public AttentionArguments Arguments { get; }

    public KvView Cache { get; }

    public ArrayView<float> Output { get; }

    public (int Context, int Tokens)[] Lengths { get; }

    private int Rows { get; }

    /// <summary>Attention by definition, with keys and values as the cache holds them.</summary>
    public double[] Expected()
    {
        var results = new List<double>();
        foreach (var (query, keys, values) in _data)
        {
            double[] output = new double[query.Length / _shape.HeadDimK * _shape.HeadDimV];
            PagedAttention.Reference(_shape, query, Stored(keys), Stored(values), [], output);
            results.AddRange(output);
        }

        return [.. results];
    }

    private static int Blocks(int tokens) => (tokens + KvBlockLayout.BlockSize - 1) / KvBlockLayout.BlockSize;

    private float[] Stored(float[] values) => _type == KvType.Fp16 ? [.. values.Select(v => (float)(System.Half)v)] : values;

    // Tokens of keys and values lie in rows of the same width, as the projections' joint output does.
    private void Store(RopeKernel kernel, float[] keys, float[] values, int[] slots)
    {
        int widthK = _shape.KvHeads * _shape.HeadDimK;
        int widthV = _shape.KvHeads * _shape.HeadDimV;
        int stride = widthK + widthV;
        float[] both = new float[slots.Length * stride];
        for (int token = 0; token < slots.Length; token++)
        {
            keys.AsSpan(token * widthK, widthK).CopyTo(both.AsSpan(token * stride));
            values.AsSpan(token * widthV, widthV).CopyTo(both.AsSpan((token * stride) + widthK));
        }

        var view = _device.Of(both);
        kernel.RunAndStore(_device.Stream, new RopeArguments(RopeStyle.Half, default, default, 0), default, view, view.SubView(widthK), stride, slots.Length, 0, _device.Of(slots), Cache);
    }
}
