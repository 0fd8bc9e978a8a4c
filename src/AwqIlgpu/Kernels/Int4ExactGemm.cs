using System.Runtime.CompilerServices;

namespace AwqIlgpu.Kernels;

/// <summary>Product of float activations with packed int4 weights.</summary>
/// <remarks>
/// <para>Math: y[t, r] = sum over blocks b, ascending, of wScale[r, b] * (sum over k, ascending, of x[t, k] * (q[r, k] - zeroPoint[r, b])); every step is one fused multiply-add in float.</para>
/// <para>Tile: two vectors of rows (32-bit lanes) by six tokens, over weights converted to float once per block and <see cref="TokenBlock"/>; by one token, or up to four, over weights converted in registers.</para>
/// <para>Limit: arithmetic: with six tokens 12 multiply-adds per 8 loads, and 12 sums, 2 weights and a factor fill the registers of AVX2.</para>
/// </remarks>
internal static unsafe class Int4ExactGemm<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : unmanaged
{
    /// <summary>Tokens that share converted weights: whole tiles, whose sums take 12 KiB with AVX-512.</summary>
    private const int TokenBlock = 96;

    /// <summary>Tokens of <see cref="SixTokens"/>.</summary>
    private const int TileTokens = 6;

    /// <summary>Tokens up to which weights are converted in registers, at most those of <see cref="FourTokens"/>: for so few, storing and loading them costs more than it saves.</summary>
    private const int FewTokens = 4;

    /// <summary>Computes row tiles <paramref name="start"/> to <paramref name="end"/> of all tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in LinearCall call, int start, int end)
    {
        int tileRows = 2 * TLanes.Count;
        float* sums = stackalloc float[TokenBlock * tileRows];
        // Aligned, since every load of 64 bytes would straddle two cache lines else.
        byte* scratch = stackalloc byte[(Int4Shape.MaxBlockSize * tileRows * sizeof(float)) + 64];
        float* floats = (float*)CacheLine.Align(scratch);
        for (int token = 0; token < call.M; token += TokenBlock)
        {
            int tokens = Math.Min(TokenBlock, call.M - token);
            for (int tile = start; tile < end; tile++)
            {
                int row = tile * tileRows;
                Tile(call, row, token, tokens, floats, sums);
                int rows = Math.Min(tileRows, call.OutFeatures - row);
                for (int t = 0; t < tokens; t++)
                {
                    call.Store(token + t, row, sums + (t * tileRows), rows);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(in LinearCall call, int row, int token, int tokens, float* floats, float* sums)
    {
        var weights = call.Int4;
        // A second panel that is not there is the first one again: computed and not stored.
        int second = row + TLanes.Count < weights.Shape.Panels * Int4Shape.PanelRows ? row + TLanes.Count : row;
        var tile = new Int4RowTile<TLanes, TVector>(weights, row, second);
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
                OneToken(tile.Weights0 + offset, tile.Weights1 + offset, words, scales, zeroPoints, x, sums);
            }
            else if (tokens <= FewTokens)
            {
                FourTokens(tile.Weights0 + offset, tile.Weights1 + offset, words, scales, zeroPoints, x, call.XStride, tokens, sums);
            }
            else
            {
                Convert(tile.Weights0 + offset, tile.Weights1 + offset, words, zeroPoints, floats);
                for (int t = 0; t < tokens; t += TileTokens)
                {
                    SixTokens(floats, blockSize, x + (t * call.XStride), call.XStride, Math.Min(TileTokens, tokens - t), scales, sums + (t * 2 * TLanes.Count));
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneToken(byte* w0, byte* w1, int words, (TVector Zero, TVector One) scales, (TVector Zero, TVector One) zeroPoints, float* x, float* y)
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

    /// <summary>Adds one block of columns to the sums of at most four tokens; of fewer, the last is computed again and not added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourTokens(
        byte* w0,
        byte* w1,
        int words,
        (TVector Zero, TVector One) scales,
        (TVector Zero, TVector One) zeroPoints,
        float* x,
        nint xStride,
        int tokens,
        float* y)
    {
        float* x0 = x;
        float* x1 = x + (Math.Min(1, tokens - 1) * xStride);
        float* x2 = x + (Math.Min(2, tokens - 1) * xStride);
        float* x3 = x + (Math.Min(3, tokens - 1) * xStride);
        var a00 = TLanes.Zero;
        var a01 = TLanes.Zero;
        var a10 = TLanes.Zero;
        var a11 = TLanes.Zero;
        var a20 = TLanes.Zero;
        var a21 = TLanes.Zero;
        var a30 = TLanes.Zero;
        var a31 = TLanes.Zero;
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
                a01 = TLanes.FusedMultiplyAdd(factor, f1, a01);
                factor = TLanes.Broadcast(x1 + j);
                a10 = TLanes.FusedMultiplyAdd(factor, f0, a10);
                a11 = TLanes.FusedMultiplyAdd(factor, f1, a11);
                factor = TLanes.Broadcast(x2 + j);
                a20 = TLanes.FusedMultiplyAdd(factor, f0, a20);
                a21 = TLanes.FusedMultiplyAdd(factor, f1, a21);
                factor = TLanes.Broadcast(x3 + j);
                a30 = TLanes.FusedMultiplyAdd(factor, f0, a30);
                a31 = TLanes.FusedMultiplyAdd(factor, f1, a31);
            }

            x0 += 4;
            x1 += 4;
            x2 += 4;
            x3 += 4;
            w0 += isLow ? 0 : 64;
            w1 += isLow ? 0 : 64;
        }

        int tileRows = 2 * TLanes.Count;
        AddToSums(y, scales, a00, a01);
        if (tokens > 1)
        {
            AddToSums(y + tileRows, scales, a10, a11);
        }

        if (tokens > 2)
        {
            AddToSums(y + (2 * tileRows), scales, a20, a21);
        }

        if (tokens > 3)
        {
            AddToSums(y + (3 * tileRows), scales, a30, a31);
        }
    }

    /// <summary>A block's weights less their zero points as floats, [columns, rows of the tile].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Convert(byte* w0, byte* w1, int words, (TVector Zero, TVector One) zeroPoints, float* floats)
    {
        for (int half = 0; half < 2 * words; half++)
        {
            bool isLow = half % 2 == 0;
            var q0 = isLow ? TLanes.LowNibbles(TLanes.Load(w0)) : TLanes.HighNibbles(TLanes.Load(w0));
            var q1 = isLow ? TLanes.LowNibbles(TLanes.Load(w1)) : TLanes.HighNibbles(TLanes.Load(w1));
            for (int j = 0; j < 4; j++)
            {
                TLanes.Store(floats, TLanes.ToFloat(TLanes.SubtractInt(TLanes.LowByte(q0), zeroPoints.Zero)));
                TLanes.Store(floats + TLanes.Count, TLanes.ToFloat(TLanes.SubtractInt(TLanes.LowByte(q1), zeroPoints.One)));
                q0 = TLanes.ShiftRightByte(q0);
                q1 = TLanes.ShiftRightByte(q1);
                floats += 2 * TLanes.Count;
            }

            w0 += isLow ? 0 : 64;
            w1 += isLow ? 0 : 64;
        }
    }

    /// <summary>Adds one block of columns to the sums of at most six tokens; of fewer, the last is computed again and not added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixTokens(float* w, int columns, float* x, nint xStride, int tokens, (TVector Zero, TVector One) scales, float* y)
    {
        float* x0 = x;
        float* x1 = x + (Math.Min(1, tokens - 1) * xStride);
        float* x2 = x + (Math.Min(2, tokens - 1) * xStride);
        float* x3 = x + (Math.Min(3, tokens - 1) * xStride);
        float* x4 = x + (Math.Min(4, tokens - 1) * xStride);
        float* x5 = x + (Math.Min(5, tokens - 1) * xStride);
        var a00 = TLanes.Zero;
        var a01 = TLanes.Zero;
        var a10 = TLanes.Zero;
        var a11 = TLanes.Zero;
        var a20 = TLanes.Zero;
        var a21 = TLanes.Zero;
        var a30 = TLanes.Zero;
        var a31 = TLanes.Zero;
        var a40 = TLanes.Zero;
        var a41 = TLanes.Zero;
        var a50 = TLanes.Zero;
        var a51 = TLanes.Zero;
        for (nint k = 0; k < columns; k++)
        {
            var w0 = TLanes.Load(w);
            var w1 = TLanes.Load(w + TLanes.Count);
            w += 2 * TLanes.Count;
            var factor = TLanes.Broadcast(x0 + k);
            a00 = TLanes.FusedMultiplyAdd(factor, w0, a00);
            a01 = TLanes.FusedMultiplyAdd(factor, w1, a01);
            factor = TLanes.Broadcast(x1 + k);
            a10 = TLanes.FusedMultiplyAdd(factor, w0, a10);
            a11 = TLanes.FusedMultiplyAdd(factor, w1, a11);
            factor = TLanes.Broadcast(x2 + k);
            a20 = TLanes.FusedMultiplyAdd(factor, w0, a20);
            a21 = TLanes.FusedMultiplyAdd(factor, w1, a21);
            factor = TLanes.Broadcast(x3 + k);
            a30 = TLanes.FusedMultiplyAdd(factor, w0, a30);
            a31 = TLanes.FusedMultiplyAdd(factor, w1, a31);
            factor = TLanes.Broadcast(x4 + k);
            a40 = TLanes.FusedMultiplyAdd(factor, w0, a40);
            a41 = TLanes.FusedMultiplyAdd(factor, w1, a41);
            factor = TLanes.Broadcast(x5 + k);
            a50 = TLanes.FusedMultiplyAdd(factor, w0, a50);
            a51 = TLanes.FusedMultiplyAdd(factor, w1, a51);
        }

        int tileRows = 2 * TLanes.Count;
        AddToSums(y, scales, a00, a01);
        if (tokens > 1)
        {
            AddToSums(y + tileRows, scales, a10, a11);
        }

        if (tokens > 2)
        {
            AddToSums(y + (2 * tileRows), scales, a20, a21);
        }

        if (tokens > 3)
        {
            AddToSums(y + (3 * tileRows), scales, a30, a31);
        }

        if (tokens > 4)
        {
            AddToSums(y + (4 * tileRows), scales, a40, a41);
        }

        if (tokens > 5)
        {
            AddToSums(y + (5 * tileRows), scales, a50, a51);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddToSums(float* y, (TVector Zero, TVector One) scales, TVector a0, TVector a1)
    {
        TLanes.Store(y, TLanes.FusedMultiplyAdd(scales.Zero, a0, TLanes.Load(y)));
        TLanes.Store(y + TLanes.Count, TLanes.FusedMultiplyAdd(scales.One, a1, TLanes.Load(y + TLanes.Count)));
    }
}
