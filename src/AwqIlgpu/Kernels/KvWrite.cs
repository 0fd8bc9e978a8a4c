using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Stores the keys and values of a batch's tokens in their slots of the KV cache.</summary>
/// <remarks>
/// <para>Shapes: keys are [tokens, kvHeads, headDimK], values [tokens, kvHeads, headDimV]; slot = block * BlockSize + offset, one per token.</para>
/// <para>Types: float in, the pool's <see cref="KvType"/> out.</para>
/// <para>Source: PagedAttention, arXiv:2309.06180.</para>
/// </remarks>
internal static unsafe class KvWrite
{
    /// <summary>Stores heads <paramref name="firstHead"/> up to <paramref name="firstHead"/> + <paramref name="heads"/> of every token.</summary>
    /// <param name="pool">The layer's KV blocks.</param>
    /// <param name="slots">Slot of each token, [tokens].</param>
    /// <param name="keys">Keys, head 0 of token 0.</param>
    /// <param name="keyStride">Floats from one token's keys to the next.</param>
    /// <param name="values">Values, head 0 of token 0.</param>
    /// <param name="valueStride">Floats from one token's values to the next.</param>
    /// <param name="tokens">Tokens to do.</param>
    /// <param name="firstHead">First KV head to do.</param>
    /// <param name="heads">KV heads to do.</param>
    public static void Run(in KvPool pool, int* slots, float* keys, nint keyStride, float* values, nint valueStride, int tokens, int firstHead, int heads)
    {
        switch (pool.Layout.Type)
        {
            case KvType.Fp32:
                Store<SingleKvElement, float>(pool, slots, keys, keyStride, values, valueStride, tokens, firstHead, heads);
                break;
            case KvType.Fp16:
                Store<HalfKvElement, short>(pool, slots, keys, keyStride, values, valueStride, tokens, firstHead, heads);
                break;
            default:
                Quantize(pool, slots, keys, keyStride, values, valueStride, tokens, firstHead, heads);
                break;
        }
    }

    private static void Quantize(in KvPool pool, int* slots, float* keys, nint keyStride, float* values, nint valueStride, int tokens, int firstHead, int heads)
    {
        var layout = pool.Layout;
        for (int token = 0; token < tokens; token++)
        {
            var (block, offset) = Math.DivRem(slots[token], KvBlockLayout.BlockSize);
            for (int head = firstHead; head < firstHead + heads; head++)
            {
                QuantizedKv.WriteKey(layout, keys + (token * keyStride) + ((nint)head * layout.HeadDimK), pool.Keys(block, head), offset);
                QuantizedKv.WriteValue(layout, values + (token * valueStride) + ((nint)head * layout.HeadDimV), pool.Values(block, head), offset);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Store<TElement, TStored>(in KvPool pool, int* slots, float* keys, nint keyStride, float* values, nint valueStride, int tokens, int firstHead, int heads)
        where TElement : struct, IKvElement<TStored>
        where TStored : unmanaged
    {
        int dimsK = pool.Layout.HeadDimK;
        int dimsV = pool.Layout.HeadDimV;
        TStored* eight = stackalloc TStored[8];
        for (int token = 0; token < tokens; token++)
        {
            var (block, offset) = Math.DivRem(slots[token], KvBlockLayout.BlockSize);
            for (int head = firstHead; head < firstHead + heads; head++)
            {
                float* key = keys + (token * keyStride) + ((nint)head * dimsK);
                var storedKey = (TStored*)pool.Keys(block, head) + offset;
                for (int d = 0; d < dimsK; d += 8)
                {
                    int count = Math.Min(8, dimsK - d);
                    TElement.Store(count == 8 ? Vector256.Load(key + d) : VectorMath.LoadPartial(key + d, count), eight);
                    for (int i = 0; i < count; i++)
                    {
                        storedKey[(nint)(d + i) * KvBlockLayout.BlockSize] = eight[i];
                    }
                }

                float* value = values + (token * valueStride) + ((nint)head * dimsV);
                var storedValue = (TStored*)pool.Values(block, head) + ((nint)offset * dimsV);
                int whole = dimsV & ~7;
                for (int d = 0; d < whole; d += 8)
                {
                    TElement.Store(Vector256.Load(value + d), storedValue + d);
                }

                TElement.Store(VectorMath.LoadPartial(value + whole, dimsV - whole), eight);
                for (int d = whole; d < dimsV; d++)
                {
                    storedValue[d] = eight[d - whole];
                }
            }
        }
    }
}
