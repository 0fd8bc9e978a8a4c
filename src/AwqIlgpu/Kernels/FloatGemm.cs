using System.Runtime.CompilerServices;

namespace AwqIlgpu.Kernels;

/// <summary>Product of float activations with fp16, bf16 or fp32 weights.</summary>
/// <remarks>
/// <para>Math: y[t, r] = sum over k of x[t, k] * w[r, k]. Lane i of one accumulator takes k = i, i + lanes, ... by fused multiply-add; lanes are folded in halves; columns beyond the last whole vector are added one by one.</para>
/// <para>Tile: eight rows; for one token in two passes of four, for few by pairs of rows and four tokens, for more by three tokens over weights converted to float once per <see cref="TokenBlock"/>.</para>
/// </remarks>
internal static unsafe class FloatGemm<TLanes, TWeights, TVector>
    where TLanes : struct, ILanes<TVector>
    where TWeights : struct, IFloatWeights
    where TVector : unmanaged
{
    /// <summary>Tokens that share converted weights.</summary>
    private const int TokenBlock = 96;

    /// <summary>Tokens up to which converting a weight again for every four costs less than keeping it.</summary>
    private const int FewTokens = 12;

    /// <summary>Tokens of a register tile: twelve sums, three activations and a weight fill sixteen registers.</summary>
    private const int TileTokens = 3;

    /// <summary>Columns converted at a time: eight rows of them and two tokens' fit the first-level cache.</summary>
    private const int ChunkColumns = 512;

    /// <summary>Computes row tiles <paramref name="start"/> to <paramref name="end"/> of all tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in LinearCall call, int start, int end)
    {
        // Aligned, since every other load would straddle two cache lines else.
        byte* scratch = stackalloc byte[(FloatGemm.TileRows * ChunkColumns * sizeof(float)) + 64];
        float* floats = (float*)CacheLine.Align(scratch);
        TVector* accumulators = stackalloc TVector[TokenBlock * FloatGemm.TileRows];
        for (int token = 0; token < call.M; token += TokenBlock)
        {
            int tokens = Math.Min(TokenBlock, call.M - token);
            for (int tile = start; tile < end; tile++)
            {
                int row = tile * FloatGemm.TileRows;
                if (tokens == 1)
                {
                    Gemv(call, row, token, accumulators);
                    Gemv(call, row + 4, token, accumulators + 4);
                }
                else if (tokens <= FewTokens)
                {
                    for (int t = 0; t < tokens; t += 4)
                    {
                        for (int r = 0; r < FloatGemm.TileRows; r += 2)
                        {
                            FewTokensTile(call, row + r, token, t, tokens, accumulators + r);
                        }
                    }
                }
                else
                {
                    Gemm(call, row, token, tokens, floats, accumulators);
                }

                Finish(call, row, token, tokens, accumulators);
            }
        }
    }

    /// <summary>First byte of a row; the last row stands in for those beyond it.</summary>
    private static byte* Row(in LinearCall call, int row) => call.Float.Data + (Math.Min(row, call.OutFeatures - 1) * call.Float.RowBytes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gemv(in LinearCall call, int row, int token, TVector* accumulators)
    {
        byte* w0 = Row(call, row);
        byte* w1 = Row(call, row + 1);
        byte* w2 = Row(call, row + 2);
        byte* w3 = Row(call, row + 3);
        float* x = call.X + (token * call.XStride);
        var a0 = TLanes.Zero;
        var a1 = TLanes.Zero;
        var a2 = TLanes.Zero;
        var a3 = TLanes.Zero;
        nint bytes = TLanes.Count * TWeights.Size;
        for (int k = TLanes.Count; k <= call.InFeatures; k += TLanes.Count)
        {
            var factor = TLanes.Load(x);
            a0 = TLanes.FusedMultiplyAdd(factor, TWeights.Load<TLanes, TVector>(w0), a0);
            a1 = TLanes.FusedMultiplyAdd(factor, TWeights.Load<TLanes, TVector>(w1), a1);
            a2 = TLanes.FusedMultiplyAdd(factor, TWeights.Load<TLanes, TVector>(w2), a2);
            a3 = TLanes.FusedMultiplyAdd(factor, TWeights.Load<TLanes, TVector>(w3), a3);
            x += TLanes.Count;
            w0 += bytes;
            w1 += bytes;
            w2 += bytes;
            w3 += bytes;
        }

        accumulators[0] = a0;
        accumulators[1] = a1;
        accumulators[2] = a2;
        accumulators[3] = a3;
    }

    /// <summary>Two rows by four tokens, from <paramref name="t"/> on, over weights converted in registers; a token beyond the last is the last again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FewTokensTile(in LinearCall call, int row, int token, int t, int tokens, TVector* sums)
    {
        byte* w0 = Row(call, row);
        byte* w1 = Row(call, row + 1);
        int t1 = Math.Min(t + 1, tokens - 1);
        int t2 = Math.Min(t + 2, tokens - 1);
        int t3 = Math.Min(t + 3, tokens - 1);
        float* x0 = call.X + ((token + t) * call.XStride);
        float* x1 = call.X + ((token + t1) * call.XStride);
        float* x2 = call.X + ((token + t2) * call.XStride);
        float* x3 = call.X + ((token + t3) * call.XStride);
        var a00 = TLanes.Zero;
        var a01 = TLanes.Zero;
        var a10 = TLanes.Zero;
        var a11 = TLanes.Zero;
        var a20 = TLanes.Zero;
        var a21 = TLanes.Zero;
        var a30 = TLanes.Zero;
        var a31 = TLanes.Zero;
        nint whole = call.InFeatures / TLanes.Count * TLanes.Count;
        for (nint k = 0; k < whole; k += TLanes.Count)
        {
            var weight0 = TWeights.Load<TLanes, TVector>(w0 + (k * TWeights.Size));
            var weight1 = TWeights.Load<TLanes, TVector>(w1 + (k * TWeights.Size));
            var factor = TLanes.Load(x0 + k);
            a00 = TLanes.FusedMultiplyAdd(factor, weight0, a00);
            a01 = TLanes.FusedMultiplyAdd(factor, weight1, a01);
            factor = TLanes.Load(x1 + k);
            a10 = TLanes.FusedMultiplyAdd(factor, weight0, a10);
            a11 = TLanes.FusedMultiplyAdd(factor, weight1, a11);
            factor = TLanes.Load(x2 + k);
            a20 = TLanes.FusedMultiplyAdd(factor, weight0, a20);
            a21 = TLanes.FusedMultiplyAdd(factor, weight1, a21);
            factor = TLanes.Load(x3 + k);
            a30 = TLanes.FusedMultiplyAdd(factor, weight0, a30);
            a31 = TLanes.FusedMultiplyAdd(factor, weight1, a31);
        }

        sums[t * FloatGemm.TileRows] = a00;
        sums[(t * FloatGemm.TileRows) + 1] = a01;
        sums[t1 * FloatGemm.TileRows] = a10;
        sums[(t1 * FloatGemm.TileRows) + 1] = a11;
        sums[t2 * FloatGemm.TileRows] = a20;
        sums[(t2 * FloatGemm.TileRows) + 1] = a21;
        sums[t3 * FloatGemm.TileRows] = a30;
        sums[(t3 * FloatGemm.TileRows) + 1] = a31;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gemm(in LinearCall call, int row, int token, int tokens, float* floats, TVector* accumulators)
    {
        new Span<TVector>(accumulators, tokens * FloatGemm.TileRows).Clear();
        int whole = call.InFeatures / TLanes.Count * TLanes.Count;
        for (int k = 0; k < whole; k += ChunkColumns)
        {
            int columns = Math.Min(ChunkColumns, whole - k);
            for (int r = 0; r < FloatGemm.TileRows; r++)
            {
                byte* source = Row(call, row + r) + ((nint)k * TWeights.Size);
                float* destination = floats + (r * ChunkColumns);
                for (int i = 0; i < columns; i += TLanes.Count)
                {
                    TLanes.Store(destination + i, TWeights.Load<TLanes, TVector>(source + (i * TWeights.Size)));
                }
            }

            for (int t = 0; t < tokens; t += TileTokens)
            {
                // Of a last tile that is not full, the last token is computed again, to the same sums.
                int t1 = Math.Min(t + 1, tokens - 1);
                int t2 = Math.Min(t + 2, tokens - 1);
                float* x0 = call.X + ((token + t) * call.XStride) + k;
                float* x1 = call.X + ((token + t1) * call.XStride) + k;
                float* x2 = call.X + ((token + t2) * call.XStride) + k;
                for (int r = 0; r < FloatGemm.TileRows; r += 4)
                {
                    var sums = accumulators + r;
                    Tile(floats + (r * ChunkColumns), columns, x0, x1, x2, sums + (t * FloatGemm.TileRows), sums + (t1 * FloatGemm.TileRows), sums + (t2 * FloatGemm.TileRows));
                }
            }
        }
    }

    /// <summary>Four rows by three tokens; where tokens are the same, their accumulators are, and get the same values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(float* w, int columns, float* x0, float* x1, float* x2, TVector* sums0, TVector* sums1, TVector* sums2)
    {
        var a00 = sums0[0];
        var a01 = sums0[1];
        var a02 = sums0[2];
        var a03 = sums0[3];
        var a10 = sums1[0];
        var a11 = sums1[1];
        var a12 = sums1[2];
        var a13 = sums1[3];
        var a20 = sums2[0];
        var a21 = sums2[1];
        var a22 = sums2[2];
        var a23 = sums2[3];
        for (nint i = 0; i < columns; i += TLanes.Count)
        {
            var f0 = TLanes.Load(x0 + i);
            var f1 = TLanes.Load(x1 + i);
            var f2 = TLanes.Load(x2 + i);
            var weight = TLanes.Load(w + i);
            a00 = TLanes.FusedMultiplyAdd(f0, weight, a00);
            a10 = TLanes.FusedMultiplyAdd(f1, weight, a10);
            a20 = TLanes.FusedMultiplyAdd(f2, weight, a20);
            weight = TLanes.Load(w + ChunkColumns + i);
            a01 = TLanes.FusedMultiplyAdd(f0, weight, a01);
            a11 = TLanes.FusedMultiplyAdd(f1, weight, a11);
            a21 = TLanes.FusedMultiplyAdd(f2, weight, a21);
            weight = TLanes.Load(w + (2 * ChunkColumns) + i);
            a02 = TLanes.FusedMultiplyAdd(f0, weight, a02);
            a12 = TLanes.FusedMultiplyAdd(f1, weight, a12);
            a22 = TLanes.FusedMultiplyAdd(f2, weight, a22);
            weight = TLanes.Load(w + (3 * ChunkColumns) + i);
            a03 = TLanes.FusedMultiplyAdd(f0, weight, a03);
            a13 = TLanes.FusedMultiplyAdd(f1, weight, a13);
            a23 = TLanes.FusedMultiplyAdd(f2, weight, a23);
        }

        sums0[0] = a00;
        sums0[1] = a01;
        sums0[2] = a02;
        sums0[3] = a03;
        sums1[0] = a10;
        sums1[1] = a11;
        sums1[2] = a12;
        sums1[3] = a13;
        sums2[0] = a20;
        sums2[1] = a21;
        sums2[2] = a22;
        sums2[3] = a23;
    }

    private static void Finish(in LinearCall call, int row, int token, int tokens, TVector* accumulators)
    {
        int rows = Math.Min(FloatGemm.TileRows, call.OutFeatures - row);
        int whole = call.InFeatures / TLanes.Count * TLanes.Count;
        float* sums = stackalloc float[FloatGemm.TileRows];
        for (int t = 0; t < tokens; t++)
        {
            float* x = call.X + ((token + t) * call.XStride);
            for (int r = 0; r < rows; r++)
            {
                sums[r] = TLanes.Sum(accumulators[(t * FloatGemm.TileRows) + r]);
            }

            for (int r = 0; whole < call.InFeatures && r < rows; r++)
            {
                byte* w = Row(call, row + r);
                for (int k = whole; k < call.InFeatures; k++)
                {
                    sums[r] = MathF.FusedMultiplyAdd(x[k], TWeights.Load(w + ((nint)k * TWeights.Size)), sums[r]);
                }
            }

            call.Store(token + t, row, sums, rows);
        }
    }
}

/// <summary>What does not depend on the types of the float product.</summary>
internal static class FloatGemm
{
    /// <summary>Output rows of a tile.</summary>
    public const int TileRows = 8;
}
