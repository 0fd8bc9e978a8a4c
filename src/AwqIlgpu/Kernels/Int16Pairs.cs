using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Queries, keys, weights and values of attention as 16-bit integers, two that are multiplied with two others to a 32-bit lane.</summary>
/// <remarks>
/// <para>
/// Math: x = q * scale, scale = max|x| / top, q rounded half to even. A query, a key and a value have a scale each, and a row's weights of a block, which are rounded times their values' scales: sums
/// of weighted values then need no more.
/// </para>
/// <para>Sums are exact: <see cref="Top"/> is the largest magnitude of which as many products fit 32 bits, for heads of 64 elements 5792, for the weights of a block 8191.</para>
/// <para>A number's integer depends on its own token alone, a weight's on its row and block.</para>
/// <para>What is not finite makes its scale so, and a broken token is seen when it is read.</para>
/// </remarks>
internal static unsafe class Int16Pairs
{
    private const int BlockSize = KvBlockLayout.BlockSize;

    /// <summary>Largest magnitude that counts as zero: below it top / max may overflow.</summary>
    private const float Tiny = 1e-33f;

    /// <summary>Adding it leaves the integer, rounded half to even, in the low bits of the float.</summary>
    private const float Magic = 12582912f;

    /// <summary>Pairs of so many numbers.</summary>
    public static int Count(int numbers) => (numbers + 1) / 2;

    /// <summary>The integer that the largest of some magnitudes becomes, where <paramref name="terms"/> products are summed.</summary>
    public static int Top(int terms) => Math.Min(short.MaxValue, (int)Math.Sqrt(int.MaxValue / terms));

    /// <summary>The scales of numbers whose largest magnitudes are given, and what to multiply the numbers by to round them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Scale, TVector Inverse) Scale<TLanes, TVector>(TVector max, int top)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var inverse = TLanes.Divide(TLanes.Create(top), max);
        return (TLanes.Multiply(max, TLanes.Create(1f / top)), TLanes.SelectLess(max, TLanes.Create(Tiny), TLanes.Zero, inverse));
    }

    /// <summary>Pairs of rounded numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Round<TLanes, TVector>(TVector even, TVector evenInverse, TVector odd, TVector oddInverse)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var magic = TLanes.Create(Magic);
        return TLanes.Pair(TLanes.MultiplyAdd(even, evenInverse, magic), TLanes.MultiplyAdd(odd, oddInverse, magic));
    }

    /// <summary>Rounds a query.</summary>
    /// <param name="query">[dims].</param>
    /// <param name="dims">Elements.</param>
    /// <param name="pairs">Output, pairs of neighbouring elements.</param>
    /// <param name="stride">From one pair to the next.</param>
    /// <returns>The scale.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float RoundQuery(float* query, int dims, int* pairs, int stride)
    {
        float max = Largest<float, SingleKvElement, Lanes256, Vector256<int>>(query, dims, 0);
        float inverse = Inverse(max, Top(dims));
        var inverses = Lanes256.Create(inverse);
        var magic = Lanes256.Create(Magic);
        int* rounded = stackalloc int[8];
        int d = 0;
        for (; d + 16 <= dims; d += 16)
        {
            var first = Lanes256.MultiplyAdd(Lanes256.Load(query + d), inverses, magic);
            var second = Lanes256.MultiplyAdd(Lanes256.Load(query + d + 8), inverses, magic);
            Vector256.Narrow(first, second).Store((short*)rounded);
            for (int i = 0; i < 8; i++, pairs += stride)
            {
                *pairs = rounded[i];
            }
        }

        for (; d < dims; d += 2, pairs += stride)
        {
            *pairs = (ushort)Round(query[d], inverse) | (d + 1 < dims ? Round(query[d + 1], inverse) << 16 : 0);
        }

        return max / Top(dims);
    }

    /// <summary>Rounds the keys of a block.</summary>
    /// <param name="keys">[dims, BlockSize].</param>
    /// <param name="dims">Elements of a key.</param>
    /// <param name="ahead">Bytes to what is asked for meanwhile.</param>
    /// <param name="pairs">Output, [Count(dims), BlockSize] pairs of neighbouring elements; may begin where the keys do.</param>
    /// <param name="scales">Output, [BlockSize].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RoundKeys<TStored, TElement, TLanes, TVector>(TStored* keys, int dims, nint ahead, int* pairs, float* scales)
        where TStored : unmanaged
        where TElement : struct, IKvElement<TStored>
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        int top = Top(dims);
        for (int token = 0; token < BlockSize; token += TLanes.Count)
        {
            var largest = TLanes.Zero;
            var key = keys + token;
            for (nint d = 0; d < dims; d++, key += BlockSize)
            {
                CacheLine.Prefetch((byte*)key + ahead);
                largest = TLanes.MaxMagnitude(largest, TElement.Load<TLanes, TVector>(key));
            }

            var (scale, inverse) = Scale<TLanes, TVector>(largest, top);
            TLanes.Store(scales + token, scale);
            key = keys + token;
            int* pair = pairs + token;
            nint even = 0;
            for (; even + 1 < dims; even += 2, key += 2 * BlockSize, pair += BlockSize)
            {
                TLanes.Store(pair, Round<TLanes, TVector>(TElement.Load<TLanes, TVector>(key), inverse, TElement.Load<TLanes, TVector>(key + BlockSize), inverse));
            }

            if (even < dims)
            {
                TLanes.Store(pair, Round<TLanes, TVector>(TElement.Load<TLanes, TVector>(key), inverse, TLanes.Zero, inverse));
            }
        }
    }

    /// <summary>Rounds the first values of a block.</summary>
    /// <param name="values">[tokens, dims].</param>
    /// <param name="tokens">How many tokens.</param>
    /// <param name="dims">Elements of a value.</param>
    /// <param name="ahead">Bytes to what is asked for meanwhile.</param>
    /// <param name="pairs">Output, [Count(tokens), dims] pairs of neighbouring tokens; may begin where the values do.</param>
    /// <param name="scales">Output, [BlockSize]; 0 for the tokens that are not there.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RoundValues<TStored, TElement, TLanes, TVector>(TStored* values, int tokens, int dims, nint ahead, int* pairs, float* scales)
        where TStored : unmanaged
        where TElement : struct, IKvElement<TStored>
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        int top = Top(BlockSize);
        new Span<float>(scales, BlockSize).Clear();
        for (int token = 0; token < tokens; token += 2, pairs += dims)
        {
            // A last token without a neighbour is paired with itself times 0, whatever lies behind it.
            bool hasOdd = token + 1 < tokens;
            var even = values + ((nint)token * dims);
            var odd = hasOdd ? even + dims : even;
            float evenMax = Largest<TStored, TElement, TLanes, TVector>(even, dims, ahead);
            float oddMax = Largest<TStored, TElement, TLanes, TVector>(odd, dims, ahead);
            scales[token] = evenMax / top;
            scales[token + 1] = hasOdd ? oddMax / top : 0;
            float evenInverse = Inverse(evenMax, top);
            float oddInverse = hasOdd ? Inverse(oddMax, top) : 0;
            int d = 0;
            for (; d + TLanes.Count <= dims; d += TLanes.Count)
            {
                var pair = Round<TLanes, TVector>(TElement.Load<TLanes, TVector>(even + d), TLanes.Create(evenInverse), TElement.Load<TLanes, TVector>(odd + d), TLanes.Create(oddInverse));
                TLanes.Store(pairs + d, pair);
            }

            for (; d < dims; d++)
            {
                pairs[d] = (ushort)Round(TElement.ToFloat(even[d]), evenInverse) | (Round(TElement.ToFloat(odd[d]), oddInverse) << 16);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest<TStored, TElement, TLanes, TVector>(TStored* source, int count, nint ahead)
        where TStored : unmanaged
        where TElement : struct, IKvElement<TStored>
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var largest = TLanes.Zero;
        int i = 0;
        for (; i + TLanes.Count <= count; i += TLanes.Count)
        {
            CacheLine.Prefetch((byte*)(source + i) + ahead);
            largest = TLanes.MaxMagnitude(largest, TElement.Load<TLanes, TVector>(source + i));
        }

        float max = TLanes.Largest(largest);
        for (; i < count; i++)
        {
            // As integers, so that NaN is above all others.
            max = BitConverter.Int32BitsToSingle(Math.Max(BitConverter.SingleToInt32Bits(max), BitConverter.SingleToInt32Bits(TElement.ToFloat(source[i])) & int.MaxValue));
        }

        return max;
    }

    /// <summary>What to multiply numbers by to round them, as <see cref="Scale"/> gives it for vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Inverse(float max, int top) => max < Tiny ? 0 : top / max;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static short Round(float number, float inverse) => (short)BitConverter.SingleToInt32Bits(VectorMath.MultiplyAdd(number, inverse, Magic));
}
