using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>The two small matrix products of attention, for one KV block as the cache stores it and one, two or four query rows: a decoding step's.</summary>
/// <remarks>
/// <para>Math, and the order of every sum: as in <see cref="AttentionTile"/>, so both give the same bits.</para>
/// <para>Limit: the cache's bytes. What the cache stores becomes floats in registers: a copy in floats of keys and values would fill the first-level cache.</para>
/// </remarks>
/// <typeparam name="TStored">What the cache stores.</typeparam>
/// <typeparam name="TElement">How to load it.</typeparam>
internal static unsafe class CachedAttentionTile<TStored, TElement>
    where TStored : unmanaged
    where TElement : struct, IKvElement<TStored>
{
    private const int BlockSize = KvBlockLayout.BlockSize;

    /// <summary>Scores of four rows.</summary>
    /// <param name="queries">Pointers to the rows of queries, [dims] each.</param>
    /// <param name="keys">Keys, [dims, BlockSize].</param>
    /// <param name="dims">Elements of a key.</param>
    /// <param name="scores">Output, [rows, BlockSize].</param>
    /// <param name="ahead">Bytes from this block to the next that will be read, which is asked for meanwhile; 0 where there is none.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Score4(float** queries, TStored* keys, int dims, float* scores, nint ahead)
    {
        float* q0 = queries[0], q1 = queries[1], q2 = queries[2], q3 = queries[3];
        for (int t = 0; t < BlockSize; t += 16)
        {
            Vector256<float> s00 = default, s01 = default;
            Vector256<float> s10 = default, s11 = default;
            Vector256<float> s20 = default, s21 = default;
            Vector256<float> s30 = default, s31 = default;
            var key = keys + t;
            for (nint d = 0; d < dims; d++, key += BlockSize)
            {
                CacheLine.Prefetch((byte*)key + ahead);
                var k0 = TElement.Load(key);
                var k1 = TElement.Load(key + 8);
                var q = Vector256.Create(q0[d]);
                s00 = VectorMath.MultiplyAdd(q, k0, s00);
                s01 = VectorMath.MultiplyAdd(q, k1, s01);
                q = Vector256.Create(q1[d]);
                s10 = VectorMath.MultiplyAdd(q, k0, s10);
                s11 = VectorMath.MultiplyAdd(q, k1, s11);
                q = Vector256.Create(q2[d]);
                s20 = VectorMath.MultiplyAdd(q, k0, s20);
                s21 = VectorMath.MultiplyAdd(q, k1, s21);
                q = Vector256.Create(q3[d]);
                s30 = VectorMath.MultiplyAdd(q, k0, s30);
                s31 = VectorMath.MultiplyAdd(q, k1, s31);
            }

            s00.Store(scores + t);
            s01.Store(scores + t + 8);
            s10.Store(scores + BlockSize + t);
            s11.Store(scores + BlockSize + t + 8);
            s20.Store(scores + (2 * BlockSize) + t);
            s21.Store(scores + (2 * BlockSize) + t + 8);
            s30.Store(scores + (3 * BlockSize) + t);
            s31.Store(scores + (3 * BlockSize) + t + 8);
        }
    }

    /// <summary>Scores of two rows; parameters as in <see cref="Score4"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Score2(float** queries, TStored* keys, int dims, float* scores, nint ahead)
    {
        float* q0 = queries[0], q1 = queries[1];
        Vector256<float> s00 = default, s01 = default, s02 = default, s03 = default;
        Vector256<float> s10 = default, s11 = default, s12 = default, s13 = default;
        for (nint d = 0; d < dims; d++, keys += BlockSize)
        {
            CacheLine.Prefetch((byte*)keys + ahead);
            var a = Vector256.Create(q0[d]);
            var b = Vector256.Create(q1[d]);
            var k = TElement.Load(keys);
            s00 = VectorMath.MultiplyAdd(a, k, s00);
            s10 = VectorMath.MultiplyAdd(b, k, s10);
            k = TElement.Load(keys + 8);
            s01 = VectorMath.MultiplyAdd(a, k, s01);
            s11 = VectorMath.MultiplyAdd(b, k, s11);
            k = TElement.Load(keys + 16);
            s02 = VectorMath.MultiplyAdd(a, k, s02);
            s12 = VectorMath.MultiplyAdd(b, k, s12);
            k = TElement.Load(keys + 24);
            s03 = VectorMath.MultiplyAdd(a, k, s03);
            s13 = VectorMath.MultiplyAdd(b, k, s13);
        }

        s00.Store(scores);
        s01.Store(scores + 8);
        s02.Store(scores + 16);
        s03.Store(scores + 24);
        s10.Store(scores + BlockSize);
        s11.Store(scores + BlockSize + 8);
        s12.Store(scores + BlockSize + 16);
        s13.Store(scores + BlockSize + 24);
    }

    /// <summary>Scores of one row; parameters as in <see cref="Score4"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Score1(float** queries, TStored* keys, int dims, float* scores, nint ahead)
    {
        float* q0 = queries[0];
        Vector256<float> s00 = default, s01 = default, s02 = default, s03 = default;
        for (nint d = 0; d < dims; d++, keys += BlockSize)
        {
            CacheLine.Prefetch((byte*)keys + ahead);
            var a = Vector256.Create(q0[d]);
            var k = TElement.Load(keys);
            s00 = VectorMath.MultiplyAdd(a, k, s00);
            k = TElement.Load(keys + 8);
            s01 = VectorMath.MultiplyAdd(a, k, s01);
            k = TElement.Load(keys + 16);
            s02 = VectorMath.MultiplyAdd(a, k, s02);
            k = TElement.Load(keys + 24);
            s03 = VectorMath.MultiplyAdd(a, k, s03);
        }

        s00.Store(scores);
        s01.Store(scores + 8);
        s02.Store(scores + 16);
        s03.Store(scores + 24);
    }

    /// <summary>Adds the weighted values to four rows of results.</summary>
    /// <param name="outputs">Pointers to the rows of results, [dims] each.</param>
    /// <param name="corrections">Factors on what the rows hold, [rows].</param>
    /// <param name="weights">Weights, [rows, BlockSize].</param>
    /// <param name="values">Values, [BlockSize, dims].</param>
    /// <param name="first">First token that may have a weight.</param>
    /// <param name="end">One past the last such token; later values are not read.</param>
    /// <param name="dims">Elements of a value.</param>
    /// <param name="ahead">As in <see cref="Score4"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate4(float** outputs, float* corrections, float* weights, TStored* values, int first, int end, int dims, nint ahead)
    {
        float* o0 = outputs[0], o1 = outputs[1], o2 = outputs[2], o3 = outputs[3];
        int d = 0;
        for (; d + 16 <= dims; d += 16)
        {
            var factor = Vector256.Create(corrections[0]);
            var s00 = Vector256.Load(o0 + d) * factor;
            var s01 = Vector256.Load(o0 + d + 8) * factor;
            factor = Vector256.Create(corrections[1]);
            var s10 = Vector256.Load(o1 + d) * factor;
            var s11 = Vector256.Load(o1 + d + 8) * factor;
            factor = Vector256.Create(corrections[2]);
            var s20 = Vector256.Load(o2 + d) * factor;
            var s21 = Vector256.Load(o2 + d + 8) * factor;
            factor = Vector256.Create(corrections[3]);
            var s30 = Vector256.Load(o3 + d) * factor;
            var s31 = Vector256.Load(o3 + d + 8) * factor;
            var value = values + ((nint)first * dims) + d;
            for (nint t = first; t < end; t++, value += dims)
            {
                CacheLine.Prefetch((byte*)value + ahead);
                var v0 = TElement.Load(value);
                var v1 = TElement.Load(value + 8);
                var w = Vector256.Create(weights[t]);
                s00 = VectorMath.MultiplyAdd(w, v0, s00);
                s01 = VectorMath.MultiplyAdd(w, v1, s01);
                w = Vector256.Create(weights[BlockSize + t]);
                s10 = VectorMath.MultiplyAdd(w, v0, s10);
                s11 = VectorMath.MultiplyAdd(w, v1, s11);
                w = Vector256.Create(weights[(2 * BlockSize) + t]);
                s20 = VectorMath.MultiplyAdd(w, v0, s20);
                s21 = VectorMath.MultiplyAdd(w, v1, s21);
                w = Vector256.Create(weights[(3 * BlockSize) + t]);
                s30 = VectorMath.MultiplyAdd(w, v0, s30);
                s31 = VectorMath.MultiplyAdd(w, v1, s31);
            }

            s00.Store(o0 + d);
            s01.Store(o0 + d + 8);
            s10.Store(o1 + d);
            s11.Store(o1 + d + 8);
            s20.Store(o2 + d);
            s21.Store(o2 + d + 8);
            s30.Store(o3 + d);
            s31.Store(o3 + d + 8);
        }

        for (int row = 0; row < 4 && d < dims; row++)
        {
            Columns(outputs[row], corrections[row], weights + (row * BlockSize), values, first, end, dims, d);
        }
    }

    /// <summary>Adds the weighted values to two rows of results; parameters as in <see cref="Accumulate4"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate2(float** outputs, float* corrections, float* weights, TStored* values, int first, int end, int dims, nint ahead)
    {
        float* o0 = outputs[0], o1 = outputs[1];
        int d = 0;
        for (; d + 32 <= dims; d += 32)
        {
            var factor = Vector256.Create(corrections[0]);
            var s00 = Vector256.Load(o0 + d) * factor;
            var s01 = Vector256.Load(o0 + d + 8) * factor;
            var s02 = Vector256.Load(o0 + d + 16) * factor;
            var s03 = Vector256.Load(o0 + d + 24) * factor;
            factor = Vector256.Create(corrections[1]);
            var s10 = Vector256.Load(o1 + d) * factor;
            var s11 = Vector256.Load(o1 + d + 8) * factor;
            var s12 = Vector256.Load(o1 + d + 16) * factor;
            var s13 = Vector256.Load(o1 + d + 24) * factor;
            var value = values + ((nint)first * dims) + d;
            for (nint t = first; t < end; t++, value += dims)
            {
                CacheLine.Prefetch((byte*)value + ahead);
                var a = Vector256.Create(weights[t]);
                var b = Vector256.Create(weights[BlockSize + t]);
                var v = TElement.Load(value);
                s00 = VectorMath.MultiplyAdd(a, v, s00);
                s10 = VectorMath.MultiplyAdd(b, v, s10);
                v = TElement.Load(value + 8);
                s01 = VectorMath.MultiplyAdd(a, v, s01);
                s11 = VectorMath.MultiplyAdd(b, v, s11);
                v = TElement.Load(value + 16);
                s02 = VectorMath.MultiplyAdd(a, v, s02);
                s12 = VectorMath.MultiplyAdd(b, v, s12);
                v = TElement.Load(value + 24);
                s03 = VectorMath.MultiplyAdd(a, v, s03);
                s13 = VectorMath.MultiplyAdd(b, v, s13);
            }

            s00.Store(o0 + d);
            s01.Store(o0 + d + 8);
            s02.Store(o0 + d + 16);
            s03.Store(o0 + d + 24);
            s10.Store(o1 + d);
            s11.Store(o1 + d + 8);
            s12.Store(o1 + d + 16);
            s13.Store(o1 + d + 24);
        }

        for (int row = 0; row < 2 && d < dims; row++)
        {
            Columns(outputs[row], corrections[row], weights + (row * BlockSize), values, first, end, dims, d);
        }
    }

    /// <summary>Adds the weighted values to one row of results; parameters as in <see cref="Accumulate4"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate1(float** outputs, float* corrections, float* weights, TStored* values, int first, int end, int dims, nint ahead)
    {
        float* o0 = outputs[0];
        int d = 0;
        for (; d + 32 <= dims; d += 32)
        {
            var factor = Vector256.Create(corrections[0]);
            var s00 = Vector256.Load(o0 + d) * factor;
            var s01 = Vector256.Load(o0 + d + 8) * factor;
            var s02 = Vector256.Load(o0 + d + 16) * factor;
            var s03 = Vector256.Load(o0 + d + 24) * factor;
            var value = values + ((nint)first * dims) + d;
            for (nint t = first; t < end; t++, value += dims)
            {
                CacheLine.Prefetch((byte*)value + ahead);
                var a = Vector256.Create(weights[t]);
                var v = TElement.Load(value);
                s00 = VectorMath.MultiplyAdd(a, v, s00);
                v = TElement.Load(value + 8);
                s01 = VectorMath.MultiplyAdd(a, v, s01);
                v = TElement.Load(value + 16);
                s02 = VectorMath.MultiplyAdd(a, v, s02);
                v = TElement.Load(value + 24);
                s03 = VectorMath.MultiplyAdd(a, v, s03);
            }

            s00.Store(o0 + d);
            s01.Store(o0 + d + 8);
            s02.Store(o0 + d + 16);
            s03.Store(o0 + d + 24);
        }

        Columns(o0, corrections[0], weights, values, first, end, dims, d);
    }

    /// <summary>The columns of one row from <paramref name="d"/> on, which do not fill a register tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Columns(float* output, float correction, float* weights, TStored* values, int first, int end, int dims, int d)
    {
        var c = Vector256.Create(correction);
        for (; d < dims; d += 8)
        {
            int count = Math.Min(8, dims - d);
            var sum = VectorMath.LoadPartial(output + d, count) * c;
            for (nint t = first; t < end; t++)
            {
                var value = values + (t * dims) + d;
                sum = VectorMath.MultiplyAdd(Vector256.Create(weights[t]), count == 8 ? TElement.Load(value) : LoadPartial(value, count), sum);
            }

            VectorMath.StorePartial(sum, output + d, count);
        }
    }

    private static Vector256<float> LoadPartial(TStored* source, int count)
    {
        TStored* lanes = stackalloc TStored[8];
        new Span<TStored>(source, count).CopyTo(new Span<TStored>(lanes, 8));
        return TElement.Load(lanes);
    }
}
