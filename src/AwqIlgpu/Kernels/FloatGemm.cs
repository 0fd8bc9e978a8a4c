using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Product of float activations with fp16, bf16 or fp32 weights.</summary>
/// <remarks>
/// <para>Math: y[t, r] = sum over k of x[t, k] * w[r, k]. Lane i of one accumulator takes k = i, i + lanes, ... by fused multiply-add; lanes are folded in halves; columns beyond the last whole vector are added one by one.</para>
/// <para>Tile: eight rows by three tokens, over weights converted to float once per <see cref="TokenBlock"/>; few tokens have tiles of their own.</para>
/// <para>Limit: the caches behind the first: a line of activations serves eight rows, and a vector of sums one chunk of columns.</para>
/// </remarks>
internal static unsafe class FloatGemm<TLanes, TWeights, TVector>
    where TLanes : struct, ILanes<TVector>
    where TWeights : struct, IFloatWeights
    where TVector : unmanaged
{
    /// <summary>Tokens that share converted weights.</summary>
    private const int TokenBlock = 96;

    /// <summary>Tokens of a tile over weights that are kept, by eight rows where AVX-512 has 32 registers and by four elsewhere.</summary>
    private const int TileTokens = 3;

    /// <summary>Columns converted at a time: eight rows of them and three tokens' fit the first-level cache.</summary>
    private const int ChunkColumns = 512;

    /// <summary>Row tiles that take a chunk's columns in turn: its activations, and the tiles' sums, 192 KiB each with AVX-512, stay in the second-level cache.</summary>
    private const int TileGroup = 4;

    /// <summary>Computes row tiles <paramref name="start"/> to <paramref name="end"/> of all tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Run(in LinearCall call, int start, int end)
    {
        // Aligned, since every other load would straddle two cache lines else.
        int floatBytes = call.M <= FloatGemm.FewTokens ? 0 : FloatGemm.TileRows * ChunkColumns * sizeof(float);
        int sumBytes = Math.Min(TokenBlock, call.M) * Math.Min(TileGroup, end - start) * FloatGemm.TileRows * sizeof(TVector);
        byte* scratch = stackalloc byte[floatBytes + sumBytes + 64];
        float* floats = (float*)CacheLine.Align(scratch);
        TVector* accumulators = (TVector*)((byte*)floats + floatBytes);
        for (int token = 0; token < call.M; token += TokenBlock)
        {
            int tokens = Math.Min(TokenBlock, call.M - token);
            if (tokens <= FloatGemm.FewTokens)
            {
                FloatFewTokens<TLanes, TWeights, TVector>.Run(call, token, tokens, start * FloatGemm.TileRows, Math.Min(end * FloatGemm.TileRows, call.OutFeatures));
                continue;
            }

            for (int tile = start; tile < end; tile += TileGroup)
            {
                int row = tile * FloatGemm.TileRows;
                int tiles = Math.Min(TileGroup, end - tile);
                Gemm(call, row, tiles, token, tokens, floats, accumulators);
                for (int i = 0; i < tiles; i++)
                {
                    Finish(call, row + (i * FloatGemm.TileRows), token, tokens, accumulators + (i * tokens * FloatGemm.TileRows));
                }
            }
        }
    }

    /// <summary>First byte of a row; the last row stands in for those beyond it.</summary>
    private static byte* Row(in LinearCall call, int row) => call.Float.Data + (Math.Min(row, call.OutFeatures - 1) * call.Float.RowBytes);

    /// <summary>Some row tiles by more than a few tokens, a chunk of columns after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gemm(in LinearCall call, int row, int tiles, int token, int tokens, float* floats, TVector* accumulators)
    {
        new Span<TVector>(accumulators, tiles * tokens * FloatGemm.TileRows).Clear();
        int whole = call.InFeatures / TLanes.Count * TLanes.Count;
        for (int k = 0; k < whole; k += ChunkColumns)
        {
            int columns = Math.Min(ChunkColumns, whole - k);
            for (int tile = 0; tile < tiles; tile++)
            {
                Convert(call, row + (tile * FloatGemm.TileRows), k, columns, floats);
                var sums = accumulators + (tile * tokens * FloatGemm.TileRows);
                for (int t = 0; t < tokens; t += TileTokens)
                {
                    // Of a last tile that is not full, the last token is computed again, to the same sums.
                    int t1 = Math.Min(t + 1, tokens - 1);
                    int t2 = Math.Min(t + 2, tokens - 1);
                    float* x0 = call.X + ((token + t) * call.XStride) + k;
                    float* x1 = call.X + ((token + t1) * call.XStride) + k;
                    float* x2 = call.X + ((token + t2) * call.XStride) + k;
                    var sums0 = sums + (t * FloatGemm.TileRows);
                    var sums1 = sums + (t1 * FloatGemm.TileRows);
                    var sums2 = sums + (t2 * FloatGemm.TileRows);
                    if (TLanes.Count == Vector512<float>.Count)
                    {
                        Tile<Eight>(floats, columns, x0, x1, x2, sums0, sums1, sums2);
                    }
                    else
                    {
                        Tile<Four>(floats, columns, x0, x1, x2, sums0, sums1, sums2);
                        Tile<Four>(floats + (4 * ChunkColumns), columns, x0, x1, x2, sums0 + 4, sums1 + 4, sums2 + 4);
                    }
                }
            }
        }
    }

    /// <summary>A chunk of a row tile's weights as floats, [rows, <see cref="ChunkColumns"/>].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Convert(in LinearCall call, int row, int k, int columns, float* floats)
    {
        for (int r = 0; r < FloatGemm.TileRows; r++)
        {
            byte* source = Row(call, row + r) + ((nint)k * TWeights.Size);
            float* destination = floats + (r * ChunkColumns);
            for (int i = 0; i < columns; i += TLanes.Count)
            {
                TLanes.Store(destination + i, TWeights.Load<TLanes, TVector>(source + (i * TWeights.Size)));
            }
        }
    }

    /// <summary>Four or eight rows by three tokens; where tokens are the same, their sums are, and get the same values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TRows>(float* w, int columns, float* x0, float* x1, float* x2, TVector* sums0, TVector* sums1, TVector* sums2)
        where TRows : struct, ITileSize
    {
        var a00 = sums0[0];
        var a10 = sums1[0];
        var a20 = sums2[0];
        var a01 = sums0[1];
        var a11 = sums1[1];
        var a21 = sums2[1];
        var a02 = sums0[2];
        var a12 = sums1[2];
        var a22 = sums2[2];
        var a03 = sums0[3];
        var a13 = sums1[3];
        var a23 = sums2[3];
        var a04 = TRows.Count > 4 ? sums0[4] : default;
        var a14 = TRows.Count > 4 ? sums1[4] : default;
        var a24 = TRows.Count > 4 ? sums2[4] : default;
        var a05 = TRows.Count > 4 ? sums0[5] : default;
        var a15 = TRows.Count > 4 ? sums1[5] : default;
        var a25 = TRows.Count > 4 ? sums2[5] : default;
        var a06 = TRows.Count > 4 ? sums0[6] : default;
        var a16 = TRows.Count > 4 ? sums1[6] : default;
        var a26 = TRows.Count > 4 ? sums2[6] : default;
        var a07 = TRows.Count > 4 ? sums0[7] : default;
        var a17 = TRows.Count > 4 ? sums1[7] : default;
        var a27 = TRows.Count > 4 ? sums2[7] : default;
        for (nint i = 0; i < columns; i += TLanes.Count)
        {
            var f0 = TLanes.Load(x0 + i);
            var f1 = TLanes.Load(x1 + i);
            var f2 = TLanes.Load(x2 + i);
            AddRow(true, w + i, f0, f1, f2, ref a00, ref a10, ref a20);
            AddRow(true, w + ChunkColumns + i, f0, f1, f2, ref a01, ref a11, ref a21);
            AddRow(true, w + (2 * ChunkColumns) + i, f0, f1, f2, ref a02, ref a12, ref a22);
            AddRow(true, w + (3 * ChunkColumns) + i, f0, f1, f2, ref a03, ref a13, ref a23);
            AddRow(TRows.Count > 4, w + (4 * ChunkColumns) + i, f0, f1, f2, ref a04, ref a14, ref a24);
            AddRow(TRows.Count > 4, w + (5 * ChunkColumns) + i, f0, f1, f2, ref a05, ref a15, ref a25);
            AddRow(TRows.Count > 4, w + (6 * ChunkColumns) + i, f0, f1, f2, ref a06, ref a16, ref a26);
            AddRow(TRows.Count > 4, w + (7 * ChunkColumns) + i, f0, f1, f2, ref a07, ref a17, ref a27);
        }

        KeepRow(true, a00, a10, a20, sums0, sums1, sums2);
        KeepRow(true, a01, a11, a21, sums0 + 1, sums1 + 1, sums2 + 1);
        KeepRow(true, a02, a12, a22, sums0 + 2, sums1 + 2, sums2 + 2);
        KeepRow(true, a03, a13, a23, sums0 + 3, sums1 + 3, sums2 + 3);
        KeepRow(TRows.Count > 4, a04, a14, a24, sums0 + 4, sums1 + 4, sums2 + 4);
        KeepRow(TRows.Count > 4, a05, a15, a25, sums0 + 5, sums1 + 5, sums2 + 5);
        KeepRow(TRows.Count > 4, a06, a16, a26, sums0 + 6, sums1 + 6, sums2 + 6);
        KeepRow(TRows.Count > 4, a07, a17, a27, sums0 + 7, sums1 + 7, sums2 + 7);
    }

    /// <summary>Adds a vector of a row's columns to its sums with three tokens, if the tile has that row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow(bool isTaken, float* w, TVector f0, TVector f1, TVector f2, ref TVector sum0, ref TVector sum1, ref TVector sum2)
    {
        if (isTaken)
        {
            var weight = TLanes.Load(w);
            sum0 = TLanes.FusedMultiplyAdd(f0, weight, sum0);
            sum1 = TLanes.FusedMultiplyAdd(f1, weight, sum1);
            sum2 = TLanes.FusedMultiplyAdd(f2, weight, sum2);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void KeepRow(bool isTaken, TVector sum0, TVector sum1, TVector sum2, TVector* destination0, TVector* destination1, TVector* destination2)
    {
        if (isTaken)
        {
            *destination0 = sum0;
            *destination1 = sum1;
            *destination2 = sum2;
        }
    }

    private static void Finish(in LinearCall call, int row, int token, int tokens, TVector* accumulators)
    {
        int rows = Math.Min(FloatGemm.TileRows, call.OutFeatures - row);
        int whole = call.InFeatures / TLanes.Count * TLanes.Count;
        float* sums = stackalloc float[FloatGemm.TileRows];
        for (int t = 0; t < tokens; t++)
        {
            for (int r = 0; r < rows; r++)
            {
                sums[r] = TLanes.Sum(accumulators[(t * FloatGemm.TileRows) + r]);
                if (whole < call.InFeatures)
                {
                    sums[r] = FloatFewTokens<TLanes, TWeights, TVector>.AddRest(call, row + r, token + t, whole, sums[r]);
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

    /// <summary>Tokens up to which converting a weight again for every five costs less than keeping it.</summary>
    public const int FewTokens = 10;
}
