using System.Runtime.CompilerServices;

namespace AwqIlgpu.Kernels;

/// <summary>Product of float activations with packed int4 weights.</summary>
/// <remarks>
/// <para>Math: y[t, r] = sum over blocks b, ascending, of wScale[r, b] * (sum over k, ascending, of x[t, k] * (q[r, k] - zeroPoint[r, b])); every step is one fused multiply-add in float.</para>
/// <para>Tile: two vectors of rows (32-bit lanes) by four tokens, or by one.</para>
/// </remarks>
internal static unsafe class Int4ExactGemm<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : unmanaged
{
    /// <summary>Tokens that share a pass over the weights.</summary>
    private const int TokenBlock = 64;

    /// <summary>Computes row tiles <paramref name="start"/> to <paramref name="end"/> of all tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in LinearCall call, int start, int end)
    {
        int tileRows = 2 * TLanes.Count;
        float* sums = stackalloc float[TokenBlock * tileRows];
        for (int token = 0; token < call.M; token += TokenBlock)
        {
            int tokens = Math.Min(TokenBlock, call.M - token);
            for (int tile = start; tile < end; tile++)
            {
                int row = tile * tileRows;
                Tile(call, row, token, tokens, sums);
                int rows = Math.Min(tileRows, call.OutFeatures - row);
                for (int t = 0; t < tokens; t++)
                {
                    call.Store(token + t, row, sums + (t * tileRows), rows);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(in LinearCall call, int row, int token, int tokens, float* sums)
    {
        var weights = call.Int4;
        var tile = new Int4RowTile<TLanes, TVector>(weights, row);
        new Span<float>(sums, tokens * 2 * TLanes.Count).Clear();
        int blockSize = weights.Shape.BlockSize;
        int words = blockSize / 8;
        for (int block = 0; block < weights.Shape.Blocks; block++)
        {
            var scales = (tile.Scale0(block), tile.Scale1(block));
            var zeroPoints = (tile.ZeroPoint0(block), tile.ZeroPoint1(block));
            nint offset = (nint)block * words * 64;
            float* x = call.X + (token * call.XStride) + ((nint)block * blockSize);
            if (tokens == 1)
            {
                BlockOfOne(tile.Weights0 + offset, tile.Weights1 + offset, words, scales, zeroPoints, x, sums);
            }
            else
            {
                Block(tile.Weights0 + offset, tile.Weights1 + offset, words, scales, zeroPoints, x, call.XStride, tokens, sums);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlockOfOne(byte* w0, byte* w1, int words, (TVector Zero, TVector One) scales, (TVector Zero, TVector One) zeroPoints, float* x, float* y)
    {
        var a0 = TLanes.Zero;
        var a1 = TLanes.Zero;
        for (int half = 0; half < 2 * words; half++)
        {
            // Bytes 0 to 3 of a lane are four consecutive columns.
            bool isLow = half % 2 == 0;
            var q0 = isLow ? TLanes.LowNibbles(TLanes.Load(w0)) : TLanes.HighNibbles(TLanes.Load(w0));
            var q1 = isLow ? TLanes.LowNibbles(TLanes.Load(w1)) : TLanes.HighNibbles(TLanes.Load(w1));
            for (int j = 0; j < 4; j++)
            {
                var factor = TLanes.Broadcast(x + j);
                a0 = TLanes.FusedMultiplyAdd(factor, TLanes.ToFloat(TLanes.SubtractInt(TLanes.LowByte(q0), zeroPoints.Zero)), a0);
                a1 = TLanes.FusedMultiplyAdd(factor, TLanes.ToFloat(TLanes.SubtractInt(TLanes.LowByte(q1), zeroPoints.One)), a1);
                q0 = TLanes.ShiftRightByte(q0);
                q1 = TLanes.ShiftRightByte(q1);
            }

            x += 4;
            w0 += isLow ? 0 : 64;
            w1 += isLow ? 0 : 64;
        }

        AddToSums(y, scales, a0, a1);
    }

    /// <summary>Adds one block of columns to the sums of all tokens, four at a time; of the last four some may be one token again, whose sums are the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(
        byte* weights0,
        byte* weights1,
        int words,
        (TVector Zero, TVector One) scales,
        (TVector Zero, TVector One) zeroPoints,
        float* x,
        nint xStride,
        int tokens,
        float* y)
    {
        for (int t = 0; t < tokens; t += 4)
        {
            int t1 = Math.Min(t + 1, tokens - 1);
            int t2 = Math.Min(t + 2, tokens - 1);
            int t3 = Math.Min(t + 3, tokens - 1);
            float* x0 = x + (t * xStride);
            float* x1 = x + (t1 * xStride);
            float* x2 = x + (t2 * xStride);
            float* x3 = x + (t3 * xStride);
            byte* w0 = weights0;
            byte* w1 = weights1;
            var a00 = TLanes.Zero;
            var a01 = TLanes.Zero;
            var a02 = TLanes.Zero;
            var a03 = TLanes.Zero;
            var a10 = TLanes.Zero;
            var a11 = TLanes.Zero;
            var a12 = TLanes.Zero;
            var a13 = TLanes.Zero;
            for (int half = 0; half < 2 * words; half++)
            {
                bool isLow = half % 2 == 0;
                var q0 = isLow ? TLanes.LowNibbles(TLanes.Load(w0)) : TLanes.HighNibbles(TLanes.Load(w0));
                var q1 = isLow ? TLanes.LowNibbles(TLanes.Load(w1)) : TLanes.HighNibbles(TLanes.Load(w1));
                for (int j = 0; j < 4; j++)
                {
                    var f0 = TLanes.ToFloat(TLanes.SubtractInt(TLanes.LowByte(q0), zeroPoints.Zero));
                    var f1 = TLanes.ToFloat(TLanes.SubtractInt(TLanes.LowByte(q1), zeroPoints.One));
                    q0 = TLanes.ShiftRightByte(q0);
                    q1 = TLanes.ShiftRightByte(q1);
                    var factor = TLanes.Broadcast(x0 + j);
                    a00 = TLanes.FusedMultiplyAdd(factor, f0, a00);
                    a10 = TLanes.FusedMultiplyAdd(factor, f1, a10);
                    factor = TLanes.Broadcast(x1 + j);
                    a01 = TLanes.FusedMultiplyAdd(factor, f0, a01);
                    a11 = TLanes.FusedMultiplyAdd(factor, f1, a11);
                    factor = TLanes.Broadcast(x2 + j);
                    a02 = TLanes.FusedMultiplyAdd(factor, f0, a02);
                    a12 = TLanes.FusedMultiplyAdd(factor, f1, a12);
                    factor = TLanes.Broadcast(x3 + j);
                    a03 = TLanes.FusedMultiplyAdd(factor, f0, a03);
                    a13 = TLanes.FusedMultiplyAdd(factor, f1, a13);
                }

                x0 += 4;
                x1 += 4;
                x2 += 4;
                x3 += 4;
                w0 += isLow ? 0 : 64;
                w1 += isLow ? 0 : 64;
            }

            AddToSums(y + (t * 2 * TLanes.Count), scales, a00, a10);
            if (t + 1 < tokens)
            {
                AddToSums(y + (t1 * 2 * TLanes.Count), scales, a01, a11);
            }

            if (t + 2 < tokens)
            {
                AddToSums(y + (t2 * 2 * TLanes.Count), scales, a02, a12);
            }

            if (t + 3 < tokens)
            {
                AddToSums(y + (t3 * 2 * TLanes.Count), scales, a03, a13);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddToSums(float* y, (TVector Zero, TVector One) scales, TVector a0, TVector a1)
    {
        TLanes.Store(y, TLanes.FusedMultiplyAdd(scales.Zero, a0, TLanes.Load(y)));
        TLanes.Store(y + TLanes.Count, TLanes.FusedMultiplyAdd(scales.One, a1, TLanes.Load(y + TLanes.Count)));
    }
}
