using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>The two small matrix products of attention, for one KV block in floats and six query rows.</summary>
/// <remarks>
/// <para>Math: <c>scores[r,t] = sum_d q[r,d] * keys[d,t]</c>, then <c>o[r,d] = o[r,d] * correction[r] + sum_t scores[r,t] * values[t,d]</c>.</para>
/// <para>
/// Every sum runs in ascending order in one accumulator, here as in <see cref="CachedAttentionTile{TStored, TElement}"/>, so a row's result does not depend on the
/// rows beside it. Rows share each load of a key or value; lanes hold tokens in the first product and elements of the head in the second.
/// </para>
/// <para>Limit: arithmetic: 12 multiply-adds per 8 loads, and 12 sums, 2 keys and a query fill the 16 registers of AVX2.</para>
/// </remarks>
internal static unsafe class AttentionTile
{
    private const int BlockSize = KvBlockLayout.BlockSize;

    /// <summary>Scores of six rows.</summary>
    /// <param name="queries">Pointers to six rows of queries, [dims] each.</param>
    /// <param name="keys">Keys, [dims, BlockSize].</param>
    /// <param name="dims">Elements of a key.</param>
    /// <param name="scores">Output, [6, BlockSize].</param>
    public static void Score6(float** queries, float* keys, int dims, float* scores)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Score6Wide(queries, keys, dims, scores);
        }
        else
        {
            Score6Narrow(queries, keys, dims, scores);
        }
    }

    /// <summary><see cref="Score6"/> with sixteen lanes: the block's tokens in one pass.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Score6Wide(float** queries, float* keys, int dims, float* scores)
    {
        float* q0 = queries[0], q1 = queries[1], q2 = queries[2], q3 = queries[3], q4 = queries[4], q5 = queries[5];
        Vector512<float> s00 = default, s01 = default, s10 = default, s11 = default;
        Vector512<float> s20 = default, s21 = default, s30 = default, s31 = default;
        Vector512<float> s40 = default, s41 = default, s50 = default, s51 = default;
        for (nint d = 0; d < dims; d++, keys += BlockSize)
        {
            var k0 = Vector512.Load(keys);
            var k1 = Vector512.Load(keys + 16);
            var q = Vector512.Create(q0[d]);
            s00 = VectorMath.MultiplyAdd(q, k0, s00);
            s01 = VectorMath.MultiplyAdd(q, k1, s01);
            q = Vector512.Create(q1[d]);
            s10 = VectorMath.MultiplyAdd(q, k0, s10);
            s11 = VectorMath.MultiplyAdd(q, k1, s11);
            q = Vector512.Create(q2[d]);
            s20 = VectorMath.MultiplyAdd(q, k0, s20);
            s21 = VectorMath.MultiplyAdd(q, k1, s21);
            q = Vector512.Create(q3[d]);
            s30 = VectorMath.MultiplyAdd(q, k0, s30);
            s31 = VectorMath.MultiplyAdd(q, k1, s31);
            q = Vector512.Create(q4[d]);
            s40 = VectorMath.MultiplyAdd(q, k0, s40);
            s41 = VectorMath.MultiplyAdd(q, k1, s41);
            q = Vector512.Create(q5[d]);
            s50 = VectorMath.MultiplyAdd(q, k0, s50);
            s51 = VectorMath.MultiplyAdd(q, k1, s51);
        }

        s00.Store(scores);
        s01.Store(scores + 16);
        s10.Store(scores + BlockSize);
        s11.Store(scores + BlockSize + 16);
        s20.Store(scores + (2 * BlockSize));
        s21.Store(scores + (2 * BlockSize) + 16);
        s30.Store(scores + (3 * BlockSize));
        s31.Store(scores + (3 * BlockSize) + 16);
        s40.Store(scores + (4 * BlockSize));
        s41.Store(scores + (4 * BlockSize) + 16);
        s50.Store(scores + (5 * BlockSize));
        s51.Store(scores + (5 * BlockSize) + 16);
    }

    /// <summary><see cref="Score6"/> with eight lanes: half of the block's tokens, twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Score6Narrow(float** queries, float* keys, int dims, float* scores)
    {
        float* q0 = queries[0], q1 = queries[1], q2 = queries[2], q3 = queries[3], q4 = queries[4], q5 = queries[5];
        for (int t = 0; t < BlockSize; t += 16)
        {
            Vector256<float> s00 = default, s01 = default, s10 = default, s11 = default;
            Vector256<float> s20 = default, s21 = default, s30 = default, s31 = default;
            Vector256<float> s40 = default, s41 = default, s50 = default, s51 = default;
            var key = keys + t;
            for (nint d = 0; d < dims; d++, key += BlockSize)
            {
                var k0 = Vector256.Load(key);
                var k1 = Vector256.Load(key + 8);
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
                q = Vector256.Create(q4[d]);
                s40 = VectorMath.MultiplyAdd(q, k0, s40);
                s41 = VectorMath.MultiplyAdd(q, k1, s41);
                q = Vector256.Create(q5[d]);
                s50 = VectorMath.MultiplyAdd(q, k0, s50);
                s51 = VectorMath.MultiplyAdd(q, k1, s51);
            }

            s00.Store(scores + t);
            s01.Store(scores + t + 8);
            s10.Store(scores + BlockSize + t);
            s11.Store(scores + BlockSize + t + 8);
            s20.Store(scores + (2 * BlockSize) + t);
            s21.Store(scores + (2 * BlockSize) + t + 8);
            s30.Store(scores + (3 * BlockSize) + t);
            s31.Store(scores + (3 * BlockSize) + t + 8);
            s40.Store(scores + (4 * BlockSize) + t);
            s41.Store(scores + (4 * BlockSize) + t + 8);
            s50.Store(scores + (5 * BlockSize) + t);
            s51.Store(scores + (5 * BlockSize) + t + 8);
        }
    }

    /// <summary>Adds the weighted values to six rows of results.</summary>
    /// <param name="outputs">Pointers to six rows of results, [dims] each.</param>
    /// <param name="corrections">Factors on what the rows hold, [6].</param>
    /// <param name="weights">Weights, [6, BlockSize].</param>
    /// <param name="values">Values, [BlockSize, dims].</param>
    /// <param name="first">First token that may have a weight.</param>
    /// <param name="end">One past the last such token; later values are not read.</param>
    /// <param name="dims">Elements of a value.</param>
    public static void Accumulate6(float** outputs, float* corrections, float* weights, float* values, int first, int end, int dims)
    {
        int d = Vector512.IsHardwareAccelerated ? Accumulate6Wide(outputs, corrections, weights, values, first, end, dims) : 0;
        d = Accumulate6Narrow(outputs, corrections, weights, values, first, end, dims, d);
        for (int row = 0; row < 6 && d < dims; row++)
        {
            CachedAttentionTile<float, SingleKvElement>.Columns(outputs[row], corrections[row], weights + (row * BlockSize), values, first, end, dims, d);
        }
    }

    /// <summary><see cref="Accumulate6"/> with sixteen lanes; returns how many columns, from 0, it has done.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Accumulate6Wide(float** outputs, float* corrections, float* weights, float* values, int first, int end, int dims)
    {
        float* o0 = outputs[0], o1 = outputs[1], o2 = outputs[2], o3 = outputs[3], o4 = outputs[4], o5 = outputs[5];
        int d = 0;
        for (; d + 32 <= dims; d += 32)
        {
            var factor = Vector512.Create(corrections[0]);
            var s00 = Vector512.Load(o0 + d) * factor;
            var s01 = Vector512.Load(o0 + d + 16) * factor;
            factor = Vector512.Create(corrections[1]);
            var s10 = Vector512.Load(o1 + d) * factor;
            var s11 = Vector512.Load(o1 + d + 16) * factor;
            factor = Vector512.Create(corrections[2]);
            var s20 = Vector512.Load(o2 + d) * factor;
            var s21 = Vector512.Load(o2 + d + 16) * factor;
            factor = Vector512.Create(corrections[3]);
            var s30 = Vector512.Load(o3 + d) * factor;
            var s31 = Vector512.Load(o3 + d + 16) * factor;
            factor = Vector512.Create(corrections[4]);
            var s40 = Vector512.Load(o4 + d) * factor;
            var s41 = Vector512.Load(o4 + d + 16) * factor;
            factor = Vector512.Create(corrections[5]);
            var s50 = Vector512.Load(o5 + d) * factor;
            var s51 = Vector512.Load(o5 + d + 16) * factor;
            var value = values + ((nint)first * dims) + d;
            for (nint t = first; t < end; t++, value += dims)
            {
                var v0 = Vector512.Load(value);
                var v1 = Vector512.Load(value + 16);
                var w = Vector512.Create(weights[t]);
                s00 = VectorMath.MultiplyAdd(w, v0, s00);
                s01 = VectorMath.MultiplyAdd(w, v1, s01);
                w = Vector512.Create(weights[BlockSize + t]);
                s10 = VectorMath.MultiplyAdd(w, v0, s10);
                s11 = VectorMath.MultiplyAdd(w, v1, s11);
                w = Vector512.Create(weights[(2 * BlockSize) + t]);
                s20 = VectorMath.MultiplyAdd(w, v0, s20);
                s21 = VectorMath.MultiplyAdd(w, v1, s21);
                w = Vector512.Create(weights[(3 * BlockSize) + t]);
                s30 = VectorMath.MultiplyAdd(w, v0, s30);
                s31 = VectorMath.MultiplyAdd(w, v1, s31);
                w = Vector512.Create(weights[(4 * BlockSize) + t]);
                s40 = VectorMath.MultiplyAdd(w, v0, s40);
                s41 = VectorMath.MultiplyAdd(w, v1, s41);
                w = Vector512.Create(weights[(5 * BlockSize) + t]);
                s50 = VectorMath.MultiplyAdd(w, v0, s50);
                s51 = VectorMath.MultiplyAdd(w, v1, s51);
            }

            s00.Store(o0 + d);
            s01.Store(o0 + d + 16);
            s10.Store(o1 + d);
            s11.Store(o1 + d + 16);
            s20.Store(o2 + d);
            s21.Store(o2 + d + 16);
            s30.Store(o3 + d);
            s31.Store(o3 + d + 16);
            s40.Store(o4 + d);
            s41.Store(o4 + d + 16);
            s50.Store(o5 + d);
            s51.Store(o5 + d + 16);
        }

        return d;
    }

    /// <summary><see cref="Accumulate6"/> with eight lanes from column <paramref name="d"/> on; returns the first column not done.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Accumulate6Narrow(float** outputs, float* corrections, float* weights, float* values, int first, int end, int dims, int d)
    {
        float* o0 = outputs[0], o1 = outputs[1], o2 = outputs[2], o3 = outputs[3], o4 = outputs[4], o5 = outputs[5];
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
            factor = Vector256.Create(corrections[4]);
            var s40 = Vector256.Load(o4 + d) * factor;
            var s41 = Vector256.Load(o4 + d + 8) * factor;
            factor = Vector256.Create(corrections[5]);
            var s50 = Vector256.Load(o5 + d) * factor;
            var s51 = Vector256.Load(o5 + d + 8) * factor;
            var value = values + ((nint)first * dims) + d;
            for (nint t = first; t < end; t++, value += dims)
            {
                var v0 = Vector256.Load(value);
                var v1 = Vector256.Load(value + 8);
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
                w = Vector256.Create(weights[(4 * BlockSize) + t]);
                s40 = VectorMath.MultiplyAdd(w, v0, s40);
                s41 = VectorMath.MultiplyAdd(w, v1, s41);
                w = Vector256.Create(weights[(5 * BlockSize) + t]);
                s50 = VectorMath.MultiplyAdd(w, v0, s50);
                s51 = VectorMath.MultiplyAdd(w, v1, s51);
            }

            s00.Store(o0 + d);
            s01.Store(o0 + d + 8);
            s10.Store(o1 + d);
            s11.Store(o1 + d + 8);
            s20.Store(o2 + d);
            s21.Store(o2 + d + 8);
            s30.Store(o3 + d);
            s31.Store(o3 + d + 8);
            s40.Store(o4 + d);
            s41.Store(o4 + d + 8);
            s50.Store(o5 + d);
            s51.Store(o5 + d + 8);
        }

        return d;
    }
}
