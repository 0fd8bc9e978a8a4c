using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>The two small matrix products of attention, for one KV block and one, two, four or six query rows.</summary>
/// <remarks>
/// <para>Math: <c>scores[r,t] = sum_d q[r,d] * keys[d,t]</c>, then <c>o[r,d] = o[r,d] * correction[r] + sum_t weights[r,t] * values[t,d]</c>.</para>
/// <para>
/// Every sum runs in ascending order in one lane, so a row's result depends neither on the rows beside it nor on the number of lanes. Rows share each load of a key or
/// value; lanes hold tokens in the first product and elements of the head in the second.
/// </para>
/// <para>What the cache stores becomes floats in registers: for few rows, a decoding step's, a copy in floats would fill the first-level cache.</para>
/// <para>Limit: the cache's bytes for few rows; arithmetic for six: 12 multiply-adds per 8 loads, and 12 sums, 2 keys and a query fill the 16 registers of AVX2.</para>
/// <para>Sums are added to by reference: of a sum that is returned, the compiler makes a copy.</para>
/// </remarks>
/// <typeparam name="TStored">What the cache stores.</typeparam>
/// <typeparam name="TElement">How to load it.</typeparam>
internal static unsafe class AttentionTile<TStored, TElement>
    where TStored : unmanaged
    where TElement : struct, IKvElement<TStored>
{
    private const int BlockSize = KvBlockLayout.BlockSize;

    /// <summary>Scores of some rows.</summary>
    /// <param name="rows">1, 2, 4 or 6.</param>
    /// <param name="queries">Pointers to the rows of queries, [dims] each.</param>
    /// <param name="keys">Keys, [dims, BlockSize].</param>
    /// <param name="dims">Elements of a key.</param>
    /// <param name="scores">Output, [rows, BlockSize].</param>
    /// <param name="ahead">Bytes from this block to the next that will be read, which is asked for meanwhile; 0 where there is none.</param>
    public static void Score(int rows, float** queries, TStored* keys, int dims, float* scores, nint ahead)
    {
        switch (rows)
        {
            case 6:
                Score<Six>(queries, keys, dims, scores, ahead);
                break;
            case 4:
                Score<Four>(queries, keys, dims, scores, ahead);
                break;
            case 2:
                Score<Two>(queries, keys, dims, scores, ahead);
                break;
            default:
                Score<One>(queries, keys, dims, scores, ahead);
                break;
        }
    }

    /// <summary>Adds the weighted values to some rows of results.</summary>
    /// <param name="rows">1, 2, 4 or 6.</param>
    /// <param name="outputs">Pointers to the rows of results, [dims] each.</param>
    /// <param name="corrections">Factors on what the rows hold, [rows].</param>
    /// <param name="weights">Weights, [rows, BlockSize].</param>
    /// <param name="values">Values, [BlockSize, dims].</param>
    /// <param name="first">First token that may have a weight.</param>
    /// <param name="end">One past the last such token; later values are not read.</param>
    /// <param name="dims">Elements of a value.</param>
    /// <param name="ahead">As in <see cref="Score"/>.</param>
    public static void Accumulate(int rows, float** outputs, float* corrections, float* weights, TStored* values, int first, int end, int dims, nint ahead)
    {
        int d = rows switch
        {
            6 => Accumulate<Six>(outputs, corrections, weights, values, first, end, dims, ahead),
            4 => Accumulate<Four>(outputs, corrections, weights, values, first, end, dims, ahead),
            2 => Accumulate<Two>(outputs, corrections, weights, values, first, end, dims, ahead),
            _ => Accumulate<One>(outputs, corrections, weights, values, first, end, dims, ahead),
        };
        for (int row = 0; row < rows && d < dims; row++)
        {
            Columns(outputs[row], corrections[row], weights + (row * BlockSize), values, first, end, dims, d);
        }
    }

    /// <summary><see cref="Score"/> with vectors of one width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Score<TLanes, TVector, TRows>(float** queries, TStored* keys, int dims, float* scores, nint ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
        where TRows : struct, ITileSize
    {
        float* q0 = queries[0];
        float* q1 = TRows.Count > 1 ? queries[1] : null;
        float* q2 = TRows.Count > 2 ? queries[2] : null;
        float* q3 = TRows.Count > 2 ? queries[3] : null;
        float* q4 = TRows.Count > 4 ? queries[4] : null;
        float* q5 = TRows.Count > 4 ? queries[5] : null;
        // Sums of one or two rows would wait for each other else; sixteen lanes, twice, are all tokens of a block.
        bool isDouble = TRows.Count <= 2 && 4 * TLanes.Count <= BlockSize;
        int second = 2 * TLanes.Count;
        for (int t = 0; t < BlockSize; t += isDouble ? 2 * second : second)
        {
            TVector s00 = TLanes.Zero, s01 = TLanes.Zero, s10 = TLanes.Zero, s11 = TLanes.Zero, s20 = TLanes.Zero, s21 = TLanes.Zero;
            TVector s30 = TLanes.Zero, s31 = TLanes.Zero, s40 = TLanes.Zero, s41 = TLanes.Zero, s50 = TLanes.Zero, s51 = TLanes.Zero;
            TVector d00 = TLanes.Zero, d01 = TLanes.Zero, d10 = TLanes.Zero, d11 = TLanes.Zero;
            var key = keys + t;
            for (nint d = 0; d < dims; d++, key += BlockSize)
            {
                Ask<TRows>(key, isDouble ? 2 * second : second, ahead);
                var k0 = TElement.Load<TLanes, TVector>(key);
                var k1 = TElement.Load<TLanes, TVector>(key + TLanes.Count);
                Add<TLanes, TVector>(true, q0 + d, k0, k1, ref s00, ref s01);
                Add<TLanes, TVector>(TRows.Count > 1, q1 + d, k0, k1, ref s10, ref s11);
                Add<TLanes, TVector>(TRows.Count > 2, q2 + d, k0, k1, ref s20, ref s21);
                Add<TLanes, TVector>(TRows.Count > 2, q3 + d, k0, k1, ref s30, ref s31);
                Add<TLanes, TVector>(TRows.Count > 4, q4 + d, k0, k1, ref s40, ref s41);
                Add<TLanes, TVector>(TRows.Count > 4, q5 + d, k0, k1, ref s50, ref s51);
                if (isDouble)
                {
                    k0 = TElement.Load<TLanes, TVector>(key + second);
                    k1 = TElement.Load<TLanes, TVector>(key + second + TLanes.Count);
                    Add<TLanes, TVector>(true, q0 + d, k0, k1, ref d00, ref d01);
                    Add<TLanes, TVector>(TRows.Count > 1, q1 + d, k0, k1, ref d10, ref d11);
                }
            }

            float* destination = scores + t;
            Store<TLanes, TVector>(true, s00, s01, destination);
            Store<TLanes, TVector>(TRows.Count > 1, s10, s11, destination + BlockSize);
            Store<TLanes, TVector>(TRows.Count > 2, s20, s21, destination + (2 * BlockSize));
            Store<TLanes, TVector>(TRows.Count > 2, s30, s31, destination + (3 * BlockSize));
            Store<TLanes, TVector>(TRows.Count > 4, s40, s41, destination + (4 * BlockSize));
            Store<TLanes, TVector>(TRows.Count > 4, s50, s51, destination + (5 * BlockSize));
            Store<TLanes, TVector>(isDouble, d00, d01, destination + second);
            Store<TLanes, TVector>(isDouble && TRows.Count > 1, d10, d11, destination + BlockSize + second);
        }
    }

    /// <summary><see cref="Accumulate"/> with vectors of one width, from column <paramref name="d"/> on; returns the first column not done, since fewer are left than a step takes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Accumulate<TLanes, TVector, TRows>(float** outputs, float* corrections, float* weights, TStored* values, int first, int end, int dims, int d, nint ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
        where TRows : struct, ITileSize
    {
        float* o0 = outputs[0];
        float* o1 = TRows.Count > 1 ? outputs[1] : null;
        float* o2 = TRows.Count > 2 ? outputs[2] : null;
        float* o3 = TRows.Count > 2 ? outputs[3] : null;
        float* o4 = TRows.Count > 4 ? outputs[4] : null;
        float* o5 = TRows.Count > 4 ? outputs[5] : null;
        bool isDouble = TRows.Count <= 2;
        int second = 2 * TLanes.Count;
        int step = isDouble ? 2 * second : second;
        for (; d + step <= dims; d += step)
        {
            var (s00, s01) = Scaled<TLanes, TVector>(o0 + d, corrections);
            var (s10, s11) = TRows.Count > 1 ? Scaled<TLanes, TVector>(o1 + d, corrections + 1) : default;
            var (s20, s21) = TRows.Count > 2 ? Scaled<TLanes, TVector>(o2 + d, corrections + 2) : default;
            var (s30, s31) = TRows.Count > 2 ? Scaled<TLanes, TVector>(o3 + d, corrections + 3) : default;
            var (s40, s41) = TRows.Count > 4 ? Scaled<TLanes, TVector>(o4 + d, corrections + 4) : default;
            var (s50, s51) = TRows.Count > 4 ? Scaled<TLanes, TVector>(o5 + d, corrections + 5) : default;
            var (d00, d01) = isDouble ? Scaled<TLanes, TVector>(o0 + d + second, corrections) : default;
            var (d10, d11) = isDouble && TRows.Count > 1 ? Scaled<TLanes, TVector>(o1 + d + second, corrections + 1) : default;
            var value = values + ((nint)first * dims) + d;
            for (nint t = first; t < end; t++, value += dims)
            {
                Ask<TRows>(value, step, ahead);
                var v0 = TElement.Load<TLanes, TVector>(value);
                var v1 = TElement.Load<TLanes, TVector>(value + TLanes.Count);
                float* w = weights + t;
                Add<TLanes, TVector>(true, w, v0, v1, ref s00, ref s01);
                Add<TLanes, TVector>(TRows.Count > 1, w + BlockSize, v0, v1, ref s10, ref s11);
                Add<TLanes, TVector>(TRows.Count > 2, w + (2 * BlockSize), v0, v1, ref s20, ref s21);
                Add<TLanes, TVector>(TRows.Count > 2, w + (3 * BlockSize), v0, v1, ref s30, ref s31);
                Add<TLanes, TVector>(TRows.Count > 4, w + (4 * BlockSize), v0, v1, ref s40, ref s41);
                Add<TLanes, TVector>(TRows.Count > 4, w + (5 * BlockSize), v0, v1, ref s50, ref s51);
                if (isDouble)
                {
                    v0 = TElement.Load<TLanes, TVector>(value + second);
                    v1 = TElement.Load<TLanes, TVector>(value + second + TLanes.Count);
                    Add<TLanes, TVector>(true, w, v0, v1, ref d00, ref d01);
                    Add<TLanes, TVector>(TRows.Count > 1, w + BlockSize, v0, v1, ref d10, ref d11);
                }
            }

            Store<TLanes, TVector>(true, s00, s01, o0 + d);
            Store<TLanes, TVector>(TRows.Count > 1, s10, s11, o1 + d);
            Store<TLanes, TVector>(TRows.Count > 2, s20, s21, o2 + d);
            Store<TLanes, TVector>(TRows.Count > 2, s30, s31, o3 + d);
            Store<TLanes, TVector>(TRows.Count > 4, s40, s41, o4 + d);
            Store<TLanes, TVector>(TRows.Count > 4, s50, s51, o5 + d);
            Store<TLanes, TVector>(isDouble, d00, d01, o0 + d + second);
            Store<TLanes, TVector>(isDouble && TRows.Count > 1, d10, d11, o1 + d + second);
        }

        return d;
    }

    private static void Score<TRows>(float** queries, TStored* keys, int dims, float* scores, nint ahead)
        where TRows : struct, ITileSize
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Score<Lanes512, Vector512<int>, TRows>(queries, keys, dims, scores, ahead);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Score<Lanes256, Vector256<int>, TRows>(queries, keys, dims, scores, ahead);
        }
        else
        {
            Score<Lanes128, Vector128<int>, TRows>(queries, keys, dims, scores, ahead);
        }
    }

    private static int Accumulate<TRows>(float** outputs, float* corrections, float* weights, TStored* values, int first, int end, int dims, nint ahead)
        where TRows : struct, ITileSize
    {
        int d = Vector512.IsHardwareAccelerated ? Accumulate<Lanes512, Vector512<int>, TRows>(outputs, corrections, weights, values, first, end, dims, 0, ahead) : 0;
        return Vector256.IsHardwareAccelerated
            ? Accumulate<Lanes256, Vector256<int>, TRows>(outputs, corrections, weights, values, first, end, dims, d, ahead)
            : Accumulate<Lanes128, Vector128<int>, TRows>(outputs, corrections, weights, values, first, end, dims, d, ahead);
    }

    /// <summary>Asks for the lines of the next block that correspond to a step's of this one, at most two; more than four rows find them soon enough, since they compute for longer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ask<TRows>(TStored* element, int elements, nint ahead)
        where TRows : struct, ITileSize
    {
        if (TRows.Count <= 4)
        {
            CacheLine.Prefetch((byte*)element + ahead);
            if (elements * sizeof(TStored) > CacheLine.Size)
            {
                CacheLine.Prefetch((byte*)element + CacheLine.Size + ahead);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector Zero, TVector One) Scaled<TLanes, TVector>(float* source, float* factor)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var f = TLanes.Broadcast(factor);
        return (TLanes.Multiply(TLanes.Load(source), f), TLanes.Multiply(TLanes.Load(source + TLanes.Count), f));
    }

    /// <summary>Adds two vectors, times a row's factor, to its sums, if the tile has that row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TLanes, TVector>(bool isTaken, float* factor, TVector element0, TVector element1, ref TVector sum0, ref TVector sum1)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        if (isTaken)
        {
            var f = TLanes.Broadcast(factor);
            sum0 = TLanes.MultiplyAdd(f, element0, sum0);
            sum1 = TLanes.MultiplyAdd(f, element1, sum1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes, TVector>(bool isTaken, TVector sum0, TVector sum1, float* destination)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        if (isTaken)
        {
            TLanes.Store(destination, sum0);
            TLanes.Store(destination + TLanes.Count, sum1);
        }
    }

    /// <summary>The columns of one row from <paramref name="d"/> on, which do not fill a step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Columns(float* output, float correction, float* weights, TStored* values, int first, int end, int dims, int d)
    {
        var c = Vector256.Create(correction);
        for (; d < dims; d += 8)
        {
            int count = Math.Min(8, dims - d);
            var sum = VectorMath.LoadPartial(output + d, count) * c;
            for (nint t = first; t < end; t++)
            {
                var value = values + (t * dims) + d;
                sum = VectorMath.MultiplyAdd(Vector256.Create(weights[t]), count == 8 ? LoadEight(value) : LoadPartial(value, count), sum);
            }

            VectorMath.StorePartial(sum, output + d, count);
        }
    }

    private static Vector256<float> LoadPartial(TStored* source, int count)
    {
        TStored* lanes = stackalloc TStored[8];
        new Span<TStored>(source, count).CopyTo(new Span<TStored>(lanes, 8));
        return LoadEight(lanes);
    }

    private static Vector256<float> LoadEight(TStored* source) => TElement.Load<Lanes256, Vector256<int>>(source).AsSingle();
}
