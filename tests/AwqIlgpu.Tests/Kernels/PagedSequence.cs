using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

/// <summary>One sequence with its own pool of KV blocks in shuffled order; what nothing has written holds bits that are NaN as float.</summary>
internal sealed unsafe class PagedSequence
{
    private readonly AttentionShape _shape;
    private readonly KvBlockLayout _layout;
    private readonly byte[] _pool;
    private readonly int[] _blockTable;
    private readonly nint _blockStride;

    public PagedSequence(AttentionShape shape, KvType type, int contextLength, bool keysEndInValues = false)
    {
        _shape = shape;
        _layout = new KvBlockLayout(shape.KvHeads, shape.HeadDimK - (keysEndInValues ? shape.HeadDimV : 0), shape.HeadDimV, type, keysEndInValues);
        _blockStride = (nint)_layout.ByteCount + 64;
        int blocks = (contextLength + KvBlockLayout.BlockSize - 1) / KvBlockLayout.BlockSize;
        _blockTable = [.. Enumerable.Range(0, blocks + 2)];
        new Random(contextLength).Shuffle(_blockTable);
        _pool = GC.AllocateArray<byte>((blocks + 2) * (int)_blockStride, pinned: true);
        _pool.AsSpan().Fill(0xFF);
    }

    /// <summary>What a unit is computed with.</summary>
    public AttentionArithmetic Arithmetic { get; init; } = AttentionArithmetic.Float;

    /// <summary>Bits of the whole pool.</summary>
    public ReadOnlySpan<byte> Pool => _pool;

    /// <summary>Writes keys and values of all positions and attends from the last ones, <paramref name="chunk"/> queries at a time.</summary>
    public float[] Run(float[] query, float[] keys, float[] values, float[] sinks, int chunk)
    {
        int contextLength = keys.Length / (_shape.KvHeads * _shape.HeadDimK);
        int tokens = query.Length / (_shape.Heads * _shape.HeadDimK);
        int cached = contextLength - tokens;
        float[] output = new float[tokens * _shape.Heads * _shape.HeadDimV];
        Write(keys, values, 0, cached);
        for (int start = 0; start < tokens; start += chunk)
        {
            int count = Math.Min(chunk, tokens - start);
            // Without a causal mask the first query needs the last key.
            Write(keys, values, cached + start, _shape.Causal ? count : tokens - start);
            Attend(query, output, sinks, cached, start, count);
        }

        return output;
    }

    public void Write(float[] keys, float[] values, int position, int tokens)
    {
        int[] slots = [.. Enumerable.Range(position, tokens).Select(p => (_blockTable[p / KvBlockLayout.BlockSize] * KvBlockLayout.BlockSize) + (p % KvBlockLayout.BlockSize))];
        int keyStride = _shape.KvHeads * _shape.HeadDimK;
        int valueStride = _shape.KvHeads * _shape.HeadDimV;
        fixed (byte* pool = _pool)
        fixed (int* ps = slots)
        fixed (float* pk = keys, pv = values)
        {
            KvWrite.Run(new KvPool(pool, _blockStride, _layout), ps, pk + (position * keyStride), keyStride, pv + (position * valueStride), valueStride, tokens, 0, _shape.KvHeads);
        }
    }

    private void Attend(float[] query, float[] output, float[] sinks, int cached, int start, int count)
    {
        using var workspace = new NativeBuffer(PagedAttention.WorkspaceBytes(_layout));
        fixed (byte* pool = _pool)
        fixed (int* table = _blockTable)
        fixed (float* pq = query, po = output, ps = sinks)
        {
            var sequence = new AttentionSequence
            {
                QueryStride = _shape.Heads * _shape.HeadDimK,
                OutputStride = _shape.Heads * _shape.HeadDimV,
                BlockTable = table,
                Position = cached + start,
                Tokens = count,
                IsInt16 = Arithmetic.IsInt16,
            };
            sequence.Query = pq + (start * sequence.QueryStride);
            sequence.Output = po + (start * sequence.OutputStride);
            for (int unit = PagedAttention.UnitCount(_shape, sequence) - 1; unit >= 0; unit--)
            {
                Arithmetic.RunUnit(_shape, new KvPool(pool, _blockStride, _layout), sequence, ps, unit, workspace.Pointer);
            }
        }

        Assert.True(workspace.IsEndUntouched);
    }
}
