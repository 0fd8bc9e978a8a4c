using System.Runtime.CompilerServices;

namespace AwqIlgpu.Kernels;

/// <summary>Turns a head's keys and values of one KV block, whatever the cache stores, into floats.</summary>
/// <remarks>One pass over the stored bytes in order, for one query row as for many: it runs at the speed of memory, and the products find floats in the processor's cache.</remarks>
internal static unsafe class KvExpansion
{
    private const int BlockSize = KvBlockLayout.BlockSize;

    /// <summary>Bytes from the first of two blocks to the second, which will be read next: as far as from keys to keys it is from values to values.</summary>
    public static nint Ahead(in KvPool pool, int* blocks) => (nint)(pool.Keys(blocks[1], 0) - pool.Keys(blocks[0], 0));

    /// <summary>Expands a block.</summary>
    /// <param name="layout">Layout of the block.</param>
    /// <param name="keys">The head's keys as stored.</param>
    /// <param name="values">The head's values as stored.</param>
    /// <param name="written">Tokens of the block that are there; of others, keys are whatever their slots hold and values stay as they are.</param>
    /// <param name="ahead">Bytes to the next block, which is asked for meanwhile; 0 where there is none.</param>
    /// <param name="expandedKeys">Output, [queryDim, BlockSize].</param>
    /// <param name="expandedValues">Output, [BlockSize, headDimV].</param>
    public static void Run(in KvBlockLayout layout, byte* keys, byte* values, int written, nint ahead, float* expandedKeys, float* expandedValues)
    {
        int keyCount = BlockSize * layout.HeadDimK;
        int valueCount = written * layout.HeadDimV;
        switch (layout.Type)
        {
            case KvType.Fp32:
                new ReadOnlySpan<float>(keys, keyCount).CopyTo(new Span<float>(expandedKeys, keyCount));
                new ReadOnlySpan<float>(values, valueCount).CopyTo(new Span<float>(expandedValues, valueCount));
                break;
            case KvType.Fp16:
                HalfKvElement.Expand((short*)keys, expandedKeys, keyCount, ahead);
                HalfKvElement.Expand((short*)values, expandedValues, valueCount, ahead);
                break;
            default:
                QuantizedKv.ExpandKeys(layout, keys, expandedKeys);
                QuantizedKv.ExpandValues(layout, values, written, expandedValues);
                break;
        }

        if (layout.KeysEndInValues)
        {
            AppendValues(expandedValues, written, layout.HeadDimV, expandedKeys + keyCount);
        }
    }

    /// <summary>The rest of keys that end in their values: values, [tokens, dims], become keys, [dims, BlockSize].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AppendValues(float* values, int tokens, int dims, float* keys)
    {
        // A cache line of each token at a time, so that what is written stays in the first-level cache.
        const int Line = 16;
        for (int first = 0; first < dims; first += Line)
        {
            int end = Math.Min(first + Line, dims);
            for (int token = 0; token < tokens; token++)
            {
                float* value = values + ((nint)token * dims);
                for (int d = first; d < end; d++)
                {
                    keys[((nint)d * BlockSize) + token] = value[d];
                }
            }
        }
    }
}
