using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Kernels;
using AwqIlgpu.Tests.Kernels;
using ILGPU;

namespace AwqIlgpu.Gpu.Tests.Kernels;

/// <summary>Sequences of a test with keys and values in one pool of shuffled blocks; what nothing has written holds bits that are NaN as float.</summary>
internal sealed unsafe class DeviceSequences
{
    private readonly TestAccelerator _device;
    private readonly AttentionShape _shape;
    private readonly KvBlockLayout _layout;
    private readonly ArrayView<byte> _memory;
    private readonly List<(float[] Query, float[] Keys, float[] Values, int[] Table)> _data = [];

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
        (_device, _shape) = (device, shape);
        _layout = new KvBlockLayout(shape.KvHeads, shape.HeadDimK - (keysEndInValues ? shape.HeadDimV : 0), shape.HeadDimV, type, keysEndInValues);
        int blocks = lengths.Sum(l => Blocks(l.Context)) + 1;
        int[] tables = [.. Enumerable.Range(0, blocks)];
        new Random(blocks).Shuffle(tables);
        _memory = device.New<byte>(blocks * _layout.ByteCount);
        Cache = new KvView(_layout, _memory);
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
                values.AsSpan(token * shape.HeadDimV, shape.HeadDimV).CopyTo(keys.AsSpan((token * shape.HeadDimK) + _layout.HeadDimK));
            }

            _data.Add((Numbers.Normal(tokens * shape.Heads * shape.HeadDimK, seed: tokens), keys, values, tables[table..(table + Blocks(context))]));
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
        foreach (var (query, keys, values, table) in _data)
        {
            double[] output = new double[query.Length / _shape.HeadDimK * _shape.HeadDimV];
            var (heldKeys, heldValues) = Held(keys, values, table);
            PagedAttention.Reference(_shape, query, heldKeys, heldValues, [], output);
            results.AddRange(output);
        }

        return [.. results];
    }

    private static int Blocks(int tokens) => (tokens + KvBlockLayout.BlockSize - 1) / KvBlockLayout.BlockSize;

    private (float[] Keys, float[] Values) Held(float[] keys, float[] values, int[] table) => _layout.Type switch
    {
        KvType.Fp32 => (keys, values),
        KvType.Fp16 => (Halves(keys), Halves(values)),
        _ => Expanded(keys.Length / (_shape.KvHeads * _shape.HeadDimK), table),
    };

    private static float[] Halves(float[] values) => [.. values.Select(v => (float)(System.Half)v)];

    // What the CPU's kernels make of the device's bytes: keys turned back, for the Hadamard matrix is its own inverse.
    private (float[] Keys, float[] Values) Expanded(int context, int[] table)
    {
        var (dimsK, dimsV) = (_shape.HeadDimK, _shape.HeadDimV);
        float[] keys = new float[context * _shape.KvHeads * dimsK];
        float[] values = new float[context * _shape.KvHeads * dimsV];
        int stored = _layout.HeadDimK;
        float[] blockKeys = new float[stored * KvBlockLayout.BlockSize];
        float[] blockValues = new float[dimsV * KvBlockLayout.BlockSize];
        fixed (byte* pool = _device.Read(_memory))
        fixed (float* expandedKeys = blockKeys, expandedValues = blockValues, allKeys = keys)
        {
            for (int unit = 0; unit < table.Length * _shape.KvHeads; unit++)
            {
                var (block, head) = Math.DivRem(unit, _shape.KvHeads);
                byte* start = pool + (table[block] * _layout.ByteCount);
                int tokens = Math.Min(KvBlockLayout.BlockSize, context - (block * KvBlockLayout.BlockSize));
                QuantizedKv.ExpandKeys(_layout, start + _layout.KeyOffset(head), expandedKeys);
                QuantizedKv.ExpandValues(_layout, start + _layout.ValueOffset(head), tokens, expandedValues);
                for (int token = 0; token < tokens; token++)
                {
                    int place = (((block * KvBlockLayout.BlockSize) + token) * _shape.KvHeads) + head;
                    for (int d = 0; d < stored; d++)
                    {
                        keys[(place * dimsK) + d] = blockKeys[(d * KvBlockLayout.BlockSize) + token];
                    }

                    Hadamard.Run(allKeys + (place * dimsK), stored);
                    var value = blockValues.AsSpan(token * dimsV, dimsV);
                    value.CopyTo(values.AsSpan(place * dimsV));
                    value[..(dimsK - stored)].CopyTo(keys.AsSpan((place * dimsK) + stored));
                }
            }
        }

        return (keys, values);
    }

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
        kernel.Run(_device.Stream, default, default, view, view.SubView(widthK), stride, slots.Length, _device.Of(slots), Cache);
    }
}
