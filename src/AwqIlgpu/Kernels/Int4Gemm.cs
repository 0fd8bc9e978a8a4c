using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace AwqIlgpu.Kernels;

/// <summary>Product of int8 activations with packed int4 weights.</summary>
/// <remarks>
/// <para>Math: y[t, r] = sum over blocks b, ascending, of (xScale[t, b] * wScale[r, b]) * (dot(q[r, b], x[t, b]) - zeroPoint[r, b] * sum(x[t, b])); the dot product is exact in int32, a block is added by one fused multiply-add.</para>
/// <para>Tile: two vectors of rows (32-bit lanes) by four tokens, or by one. Weights stream from memory once per <see cref="TokenBlock"/> tokens.</para>
/// <para>Limit: memory for few tokens (4.25 bits per weight with groups of 128 and 16-bit scales), multiply units for many.</para>
/// </remarks>
internal static unsafe class Int4Gemm<TLanes, TDot, TVector>
    where TLanes : struct, ILanes<TVector>
    where TDot : struct, IInt8Dot<TVector>
    where TVector : unmanaged
{
    /// <summary>Tokens that share a pass over the weights: few enough for a block's activations and sums to stay in the first-level cache.</summary>
    private const int TokenBlock = 64;

    /// <summary>64-byte words of packed weights, of eight columns each, that 16-bit accumulators can take.</summary>
    private const int WordsPerSum = 4;

    /// <summary>Bytes that the weights of a lone token are asked for ahead of their use; without it a thread stays a tenth below the speed of a plain read.</summary>
    private const int PrefetchDistance = 2048;

    /// <summary>Computes row tiles <paramref name="start"/> to <paramref name="end"/> of all tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in LinearCall call, in QuantizedActivations x, int start, int end)
    {
        int tileRows = 2 * TLanes.Count;
        float* sums = stackalloc float[TokenBlock * tileRows];
        for (int token = 0; token < call.M; token += TokenBlock)
        {
            int tokens = Math.Min(TokenBlock, call.M - token);
            for (int tile = start; tile < end; tile++)
            {
                int row = tile * tileRows;
                if (tokens == 1)
                {
                    Gemv(call.Int4, x, row, token, sums);
                }
                else
                {
                    Gemm(call.Int4, x, row, token, tokens, sums);
                }

                int rows = Math.Min(tileRows, call.OutFeatures - row);
                for (int t = 0; t < tokens; t++)
                {
                    call.Store(token + t, row, sums + (t * tileRows), rows);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gemv(Int4Matrix weights, in QuantizedActivations x, int row, int token, float* sums)
    {
        var tile = new Int4RowTile<TLanes, TVector>(weights, row);
        byte* w0 = tile.Weights0;
        byte* w1 = tile.Weights1;
        int words = x.BlockSize / 8;
        nint tokenStride = x.BlockSize;
        var y0 = TLanes.Zero;
        var y1 = TLanes.Zero;
        for (int block = 0; block < x.K / x.BlockSize; block++)
        {
            nint index = ((nint)block * x.M) + token;
            sbyte* values = x.Values + (index * tokenStride);
            var negativeSum = TLanes.Broadcast(x.NegativeSums + index);
            var sum0 = TLanes.MultiplyInt(tile.ZeroPoint0(block), negativeSum);
            var sum1 = TLanes.MultiplyInt(tile.ZeroPoint1(block), negativeSum);
            for (int word = 0; word < words;)
            {
                var a0 = TDot.Begin(sum0);
                var a1 = TDot.Begin(sum1);
                for (int last = Math.Min(word + WordsPerSum, words); word < last; word++)
                {
                    Prefetch(w0, w1);
                    var p0 = TLanes.Load(w0);
                    var p1 = TLanes.Load(w1);
                    var low = TLanes.Broadcast(values);
                    var high = TLanes.Broadcast(values + 4);
                    a0 = TDot.Add(a0, TLanes.LowNibbles(p0), low);
                    a1 = TDot.Add(a1, TLanes.LowNibbles(p1), low);
                    a0 = TDot.Add(a0, TLanes.HighNibbles(p0), high);
                    a1 = TDot.Add(a1, TLanes.HighNibbles(p1), high);
                    w0 += 64;
                    w1 += 64;
                    values += 8;
                }

                sum0 = TDot.End(sum0, a0);
                sum1 = TDot.End(sum1, a1);
            }

            var xScale = TLanes.Broadcast(x.Scales + index);
            y0 = TLanes.FusedMultiplyAdd(TLanes.Multiply(xScale, tile.Scale0(block)), TLanes.ToFloat(sum0), y0);
            y1 = TLanes.FusedMultiplyAdd(TLanes.Multiply(xScale, tile.Scale1(block)), TLanes.ToFloat(sum1), y1);
        }

        TLanes.Store(sums, y0);
        TLanes.Store(sums + TLanes.Count, y1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gemm(Int4Matrix weights, in QuantizedActivations x, int row, int token, int tokens, float* sums)
    {
        var tile = new Int4RowTile<TLanes, TVector>(weights, row);
        new Span<float>(sums, tokens * 2 * TLanes.Count).Clear();
        int words = x.BlockSize / 8;
        for (int block = 0; block < x.K / x.BlockSize; block++)
        {
            nint index = ((nint)block * x.M) + token;
            var scales = (tile.Scale0(block), tile.Scale1(block));
            var zeroPoints = (tile.ZeroPoint0(block), tile.ZeroPoint1(block));
            nint offset = (nint)block * words * 64;
            Block(tile.Weights0 + offset, tile.Weights1 + offset, words, scales, zeroPoints, x.Values + (index * x.BlockSize), x.Scales + index, x.NegativeSums + index, tokens, sums);
        }
    }

    /// <summary>Adds one block of columns to the sums of all tokens, four at a time; of the last four some may be one token again, whose sums are the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(
        byte* weights0,
        byte* weights1,
        int words,
        (TVector Zero, TVector One) scales,
        (TVector Zero, TVector One) zeroPoints,
        sbyte* values,
        float* xScales,
        int* negativeSums,
        int tokens,
        float* y)
    {
        nint blockSize = words * 8;
        for (int t = 0; t < tokens; t += 4)
        {
            // Tokens 1 to 3 of the tile; the last token stands in for those beyond it.
            int t1 = Math.Min(t + 1, tokens - 1);
            int t2 = Math.Min(t + 2, tokens - 1);
            int t3 = Math.Min(t + 3, tokens - 1);
            sbyte* x0 = values + (t * blockSize);
            sbyte* x1 = values + (t1 * blockSize);
            sbyte* x2 = values + (t2 * blockSize);
            sbyte* x3 = values + (t3 * blockSize);
            var negative = TLanes.Broadcast(negativeSums + t);
            var sum00 = TLanes.MultiplyInt(zeroPoints.Zero, negative);
            var sum10 = TLanes.MultiplyInt(zeroPoints.One, negative);
            negative = TLanes.Broadcast(negativeSums + t1);
            var sum01 = TLanes.MultiplyInt(zeroPoints.Zero, negative);
            var sum11 = TLanes.MultiplyInt(zeroPoints.One, negative);
            negative = TLanes.Broadcast(negativeSums + t2);
            var sum02 = TLanes.MultiplyInt(zeroPoints.Zero, negative);
            var sum12 = TLanes.MultiplyInt(zeroPoints.One, negative);
            negative = TLanes.Broadcast(negativeSums + t3);
            var sum03 = TLanes.MultiplyInt(zeroPoints.Zero, negative);
            var sum13 = TLanes.MultiplyInt(zeroPoints.One, negative);

            byte* w0 = weights0;
            byte* w1 = weights1;
            for (int word = 0; word < words;)
            {
                var a00 = TDot.Begin(sum00);
                var a01 = TDot.Begin(sum01);
                var a02 = TDot.Begin(sum02);
                var a03 = TDot.Begin(sum03);
                var a10 = TDot.Begin(sum10);
                var a11 = TDot.Begin(sum11);
                var a12 = TDot.Begin(sum12);
                var a13 = TDot.Begin(sum13);
                for (int last = Math.Min(word + WordsPerSum, words); word < last; word++)
                {
                    var q0 = TLanes.LowNibbles(TLanes.Load(w0));
                    var q1 = TLanes.LowNibbles(TLanes.Load(w1));
                    var x = TLanes.Broadcast(x0);
                    a00 = TDot.Add(a00, q0, x);
                    a10 = TDot.Add(a10, q1, x);
                    x = TLanes.Broadcast(x1);
                    a01 = TDot.Add(a01, q0, x);
                    a11 = TDot.Add(a11, q1, x);
                    x = TLanes.Broadcast(x2);
                    a02 = TDot.Add(a02, q0, x);
                    a12 = TDot.Add(a12, q1, x);
                    x = TLanes.Broadcast(x3);
                    a03 = TDot.Add(a03, q0, x);
                    a13 = TDot.Add(a13, q1, x);

                    q0 = TLanes.HighNibbles(TLanes.Load(w0));
                    q1 = TLanes.HighNibbles(TLanes.Load(w1));
                    x = TLanes.Broadcast(x0 + 4);
                    a00 = TDot.Add(a00, q0, x);
                    a10 = TDot.Add(a10, q1, x);
                    x = TLanes.Broadcast(x1 + 4);
                    a01 = TDot.Add(a01, q0, x);
                    a11 = TDot.Add(a11, q1, x);
                    x = TLanes.Broadcast(x2 + 4);
                    a02 = TDot.Add(a02, q0, x);
                    a12 = TDot.Add(a12, q1, x);
                    x = TLanes.Broadcast(x3 + 4);
                    a03 = TDot.Add(a03, q0, x);
                    a13 = TDot.Add(a13, q1, x);

                    w0 += 64;
                    w1 += 64;
                    x0 += 8;
                    x1 += 8;
                    x2 += 8;
                    x3 += 8;
                }

                sum00 = TDot.End(sum00, a00);
                sum01 = TDot.End(sum01, a01);
                sum02 = TDot.End(sum02, a02);
                sum03 = TDot.End(sum03, a03);
                sum10 = TDot.End(sum10, a10);
                sum11 = TDot.End(sum11, a11);
                sum12 = TDot.End(sum12, a12);
                sum13 = TDot.End(sum13, a13);
            }

            AddToSums(y + (t * 2 * TLanes.Count), xScales + t, scales, sum00, sum10);
            if (t + 1 < tokens)
            {
                AddToSums(y + (t1 * 2 * TLanes.Count), xScales + t1, scales, sum01, sum11);
            }

            if (t + 2 < tokens)
            {
                AddToSums(y + (t2 * 2 * TLanes.Count), xScales + t2, scales, sum02, sum12);
            }

            if (t + 3 < tokens)
            {
                AddToSums(y + (t3 * 2 * TLanes.Count), xScales + t3, scales, sum03, sum13);
            }
        }
    }

    /// <summary>Asks for the words <see cref="PrefetchDistance"/> further on; a hint, harmless beyond the end of the matrix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* w0, byte* w1)
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        Sse.Prefetch0(w0 + PrefetchDistance);
        if (2 * TLanes.Count > Int4Shape.PanelRows)
        {
            // The second vector lies in a panel of its own, elsewhere in memory.
            Sse.Prefetch0(w1 + PrefetchDistance);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddToSums(float* y, float* xScale, (TVector Zero, TVector One) scales, TVector sum0, TVector sum1)
    {
        var factor = TLanes.Broadcast(xScale);
        TLanes.Store(y, TLanes.FusedMultiplyAdd(TLanes.Multiply(factor, scales.Zero), TLanes.ToFloat(sum0), TLanes.Load(y)));
        TLanes.Store(y + TLanes.Count, TLanes.FusedMultiplyAdd(TLanes.Multiply(factor, scales.One), TLanes.ToFloat(sum1), TLanes.Load(y + TLanes.Count)));
    }
}
