using System.Runtime.CompilerServices;

namespace AwqIlgpu.Kernels;

/// <summary>The two small matrix products of attention for many query rows, in pairs of 16-bit integers (<see cref="Int16Pairs"/>).</summary>
/// <remarks>
/// <para>Math: <c>scores[t,r] = sum_d q[r,d] * keys[d,t]</c>, exactly, then <c>o[r,d] = o[r,d] * correction[r] + scale[r] * sum_t weights[r,t] * values[t,d]</c>.</para>
/// <para>Lanes hold rows in the first product, so that the softmax needs no sum or maximum across lanes, and elements of the head in the second.</para>
/// <para>Limit: pair products and additions, which lie on different units of AMD's cores: 1.7 times as many a second as float multiply-adds.</para>
/// <para>Sums are added to by reference: of a sum that is returned, the compiler makes a copy.</para>
/// </remarks>
internal static unsafe class Int16AttentionTile
{
    private const int BlockSize = KvBlockLayout.BlockSize;

    /// <summary>Products of a group of rows, two vectors of them, and the first keys of a block.</summary>
    /// <param name="queries">Pairs, [pairs, rows].</param>
    /// <param name="keys">Pairs, [pairs, BlockSize].</param>
    /// <param name="pairs">Pairs of a key.</param>
    /// <param name="tokens">Keys; of a tile's tokens beyond, products are computed too.</param>
    /// <param name="scores">Output, ints, [BlockSize, rows].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Score<TLanes, TVector, TTokens>(int* queries, int* keys, int pairs, int tokens, int* scores)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
        where TTokens : struct, ITileSize
    {
        int rows = 2 * TLanes.Count;
        for (int t = 0; t < tokens; t += TTokens.Count)
        {
            TVector s00 = TLanes.Zero, s01 = TLanes.Zero, s10 = TLanes.Zero, s11 = TLanes.Zero, s20 = TLanes.Zero, s21 = TLanes.Zero, s30 = TLanes.Zero, s31 = TLanes.Zero;
            TVector s40 = TLanes.Zero, s41 = TLanes.Zero, s50 = TLanes.Zero, s51 = TLanes.Zero, s60 = TLanes.Zero, s61 = TLanes.Zero, s70 = TLanes.Zero, s71 = TLanes.Zero;
            int* query = queries;
            int* key = keys + t;
            for (nint pair = 0; pair < pairs; pair++, query += rows, key += BlockSize)
            {
                var q0 = TLanes.Load(query);
                var q1 = TLanes.Load(query + TLanes.Count);
                Add<TLanes, TVector>(true, key, q0, q1, ref s00, ref s01);
                Add<TLanes, TVector>(true, key + 1, q0, q1, ref s10, ref s11);
                Add<TLanes, TVector>(true, key + 2, q0, q1, ref s20, ref s21);
                Add<TLanes, TVector>(true, key + 3, q0, q1, ref s30, ref s31);
                Add<TLanes, TVector>(TTokens.Count > 4, key + 4, q0, q1, ref s40, ref s41);
                Add<TLanes, TVector>(TTokens.Count > 4, key + 5, q0, q1, ref s50, ref s51);
                Add<TLanes, TVector>(TTokens.Count > 4, key + 6, q0, q1, ref s60, ref s61);
                Add<TLanes, TVector>(TTokens.Count > 4, key + 7, q0, q1, ref s70, ref s71);
            }

            int* destination = scores + (t * rows);
            Store<TLanes, TVector>(true, s00, s01, destination);
            Store<TLanes, TVector>(true, s10, s11, destination + rows);
            Store<TLanes, TVector>(true, s20, s21, destination + (2 * rows));
            Store<TLanes, TVector>(true, s30, s31, destination + (3 * rows));
            Store<TLanes, TVector>(TTokens.Count > 4, s40, s41, destination + (4 * rows));
            Store<TLanes, TVector>(TTokens.Count > 4, s50, s51, destination + (5 * rows));
            Store<TLanes, TVector>(TTokens.Count > 4, s60, s61, destination + (6 * rows));
            Store<TLanes, TVector>(TTokens.Count > 4, s70, s71, destination + (7 * rows));
        }
    }

    /// <summary>Adds the weighted values to four or eight rows of results, from column <paramref name="d"/> on; returns the first column not done, since fewer are left than a step takes.</summary>
    /// <param name="outputs">Pointers to the rows of results, [dims] each.</param>
    /// <param name="corrections">Factors on what the rows hold, [rows].</param>
    /// <param name="weights">Pairs, [pairs, stride].</param>
    /// <param name="stride">From one pair of a row to the next.</param>
    /// <param name="scales">What a product of 1 is worth, [rows].</param>
    /// <param name="values">Pairs, [pairs, dims].</param>
    /// <param name="pairs">Pairs of tokens.</param>
    /// <param name="dims">Elements of a value.</param>
    /// <param name="d">First column.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Accumulate<TLanes, TVector, TRows>(float** outputs, float* corrections, int* weights, int stride, float* scales, int* values, int pairs, int dims, int d)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
        where TRows : struct, ITileSize
    {
        int step = 2 * TLanes.Count;
        for (; d + step <= dims; d += step)
        {
            TVector s00 = TLanes.Zero, s01 = TLanes.Zero, s10 = TLanes.Zero, s11 = TLanes.Zero, s20 = TLanes.Zero, s21 = TLanes.Zero, s30 = TLanes.Zero, s31 = TLanes.Zero;
            TVector s40 = TLanes.Zero, s41 = TLanes.Zero, s50 = TLanes.Zero, s51 = TLanes.Zero, s60 = TLanes.Zero, s61 = TLanes.Zero, s70 = TLanes.Zero, s71 = TLanes.Zero;
            int* value = values + d;
            int* weight = weights;
            for (nint pair = 0; pair < pairs; pair++, value += dims, weight += stride)
            {
                var v0 = TLanes.Load(value);
                var v1 = TLanes.Load(value + TLanes.Count);
                Add<TLanes, TVector>(true, weight, v0, v1, ref s00, ref s01);
                Add<TLanes, TVector>(true, weight + 1, v0, v1, ref s10, ref s11);
                Add<TLanes, TVector>(true, weight + 2, v0, v1, ref s20, ref s21);
                Add<TLanes, TVector>(true, weight + 3, v0, v1, ref s30, ref s31);
                Add<TLanes, TVector>(TRows.Count > 4, weight + 4, v0, v1, ref s40, ref s41);
                Add<TLanes, TVector>(TRows.Count > 4, weight + 5, v0, v1, ref s50, ref s51);
                Add<TLanes, TVector>(TRows.Count > 4, weight + 6, v0, v1, ref s60, ref s61);
                Add<TLanes, TVector>(TRows.Count > 4, weight + 7, v0, v1, ref s70, ref s71);
            }

            Finish<TLanes, TVector>(true, s00, s01, corrections, scales, outputs, 0, d);
            Finish<TLanes, TVector>(true, s10, s11, corrections, scales, outputs, 1, d);
            Finish<TLanes, TVector>(true, s20, s21, corrections, scales, outputs, 2, d);
            Finish<TLanes, TVector>(true, s30, s31, corrections, scales, outputs, 3, d);
            Finish<TLanes, TVector>(TRows.Count > 4, s40, s41, corrections, scales, outputs, 4, d);
            Finish<TLanes, TVector>(TRows.Count > 4, s50, s51, corrections, scales, outputs, 5, d);
            Finish<TLanes, TVector>(TRows.Count > 4, s60, s61, corrections, scales, outputs, 6, d);
            Finish<TLanes, TVector>(TRows.Count > 4, s70, s71, corrections, scales, outputs, 7, d);
        }

        return d;
    }

    /// <summary>As <see cref="Accumulate"/>, one row's columns from <paramref name="d"/> to the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AccumulateRest(float* output, float correction, int* weights, int stride, float scale, int* values, int pairs, int dims, int d)
    {
        for (; d < dims; d++)
        {
            int sum = 0;
            for (nint pair = 0; pair < pairs; pair++)
            {
                var (weight, value) = (weights[pair * stride], values[(pair * dims) + d]);
                sum += ((short)weight * (short)value) + ((weight >> 16) * (value >> 16));
            }

            output[d] = VectorMath.MultiplyAdd((float)sum, scale, output[d] * correction);
        }
    }

    /// <summary>Adds the products of two vectors with one pair to a row's or token's sums, if the tile has it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TLanes, TVector>(bool isTaken, int* factor, TVector element0, TVector element1, ref TVector sum0, ref TVector sum1)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        if (isTaken)
        {
            var f = TLanes.Broadcast(factor);
            sum0 = TLanes.AddInt(sum0, TLanes.MultiplyPairs(f, element0));
            sum1 = TLanes.AddInt(sum1, TLanes.MultiplyPairs(f, element1));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes, TVector>(bool isTaken, TVector sum0, TVector sum1, int* destination)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        if (isTaken)
        {
            TLanes.Store(destination, sum0);
            TLanes.Store(destination + TLanes.Count, sum1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TLanes, TVector>(bool isTaken, TVector sum0, TVector sum1, float* corrections, float* scales, float** outputs, int row, int d)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        if (isTaken)
        {
            var correction = TLanes.Broadcast(corrections + row);
            var scale = TLanes.Broadcast(scales + row);
            float* output = outputs[row] + d;
            TLanes.Store(output, TLanes.MultiplyAdd(TLanes.ToFloat(sum0), scale, TLanes.Multiply(TLanes.Load(output), correction)));
            output += TLanes.Count;
            TLanes.Store(output, TLanes.MultiplyAdd(TLanes.ToFloat(sum1), scale, TLanes.Multiply(TLanes.Load(output), correction)));
        }
    }
}
