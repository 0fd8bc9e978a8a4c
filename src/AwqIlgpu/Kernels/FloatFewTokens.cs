using System.Runtime.CompilerServices;

namespace AwqIlgpu.Kernels;

/// <summary>Product of up to <see cref="FloatGemm.FewTokens"/> tokens' activations with fp16, bf16 or fp32 weights: <see cref="FloatGemm{TLanes, TWeights, TVector}"/> for few tokens, with the same bits.</summary>
/// <remarks>
/// <para>Tile: four rows by one token, or two rows by up to five tokens, over weights converted in registers.</para>
/// <para>Limit: memory, which a thread reads as <see cref="RowRuns"/>: rows of a tile are of as many runs.</para>
/// </remarks>
internal static unsafe class FloatFewTokens<TLanes, TWeights, TVector>
    where TLanes : struct, ILanes<TVector>
    where TWeights : struct, IFloatWeights
    where TVector : unmanaged
{
    /// <summary>Most tokens of a tile: ten sums, two weights, activations and what converts a weight fill the 16 registers of AVX2.</summary>
    private const int TileTokens = 5;

    /// <summary>Bytes of a row that are asked for ahead of their use.</summary>
    private const int PrefetchDistance = 2048;

    /// <summary>Computes rows <paramref name="start"/> to <paramref name="end"/> of some tokens.</summary>
    public static void Run(in LinearCall call, int token, int tokens, int start, int end)
    {
        if (tokens == 1)
        {
            One(call, token, start, end);
        }
        else
        {
            Few(call, token, tokens, start, end);
        }
    }

    /// <summary>Adds the products from column <paramref name="k"/> on, too few for a vector.</summary>
    public static float AddRest(in LinearCall call, int row, int token, int k, float sum)
    {
        byte* weights = Row(call, row) + ((nint)k * TWeights.Size);
        float* x = call.X + (token * call.XStride);
        for (; k < call.InFeatures; k++, weights += TWeights.Size)
        {
            sum = MathF.FusedMultiplyAdd(x[k], TWeights.Load(weights), sum);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(in LinearCall call, int token, int start, int end)
    {
        const int Runs = 4;
        float* sums = stackalloc float[Runs];
        int* rows = stackalloc int[Runs];
        var runs = new RowRuns(start, end, 1, Runs);
        for (int i = 0; i < runs.Length; i++)
        {
            for (int run = 0; run < Runs; run++)
            {
                rows[run] = runs.Row(run, i);
            }

            Quad(call, rows, token, sums);
            for (int run = 0; run < Runs; run++)
            {
                call.Store(token, rows[run], sums + run, runs.Count(run, i));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Few(in LinearCall call, int firstToken, int tokens, int start, int end)
    {
        float* sums = stackalloc float[2 * TileTokens];
        var runs = new RowRuns(start, end, 1, 2);
        var tiles = new TokenTiles(tokens, TileTokens);
        for (int i = 0; i < runs.Length; i++)
        {
            int first = runs.Row(0, i);
            int second = runs.Row(1, i);
            int token = firstToken;
            for (int tile = 0; tile < tiles.Count; tile++)
            {
                int count = tile < tiles.Large ? tiles.Size : tiles.Size - 1;
                switch (count)
                {
                    case 2:
                        Pair<Two>(call, first, second, token, sums);
                        break;
                    case 3:
                        Pair<Three>(call, first, second, token, sums);
                        break;
                    case 4:
                        Pair<Four>(call, first, second, token, sums);
                        break;
                    default:
                        Pair<Five>(call, first, second, token, sums);
                        break;
                }

                for (int t = 0; t < count; t++, token++)
                {
                    call.Store(token, first, sums + (2 * t), runs.Count(0, i));
                    call.Store(token, second, sums + (2 * t) + 1, runs.Count(1, i));
                }
            }
        }
    }

    /// <summary>Four rows by one token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Quad(in LinearCall call, int* rows, int token, float* sums)
    {
        byte* w0 = Row(call, rows[0]);
        byte* w1 = Row(call, rows[1]);
        byte* w2 = Row(call, rows[2]);
        byte* w3 = Row(call, rows[3]);
        float* x = call.X + (token * call.XStride);
        TVector a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
        int k = 0;
        for (; k + TLanes.Count <= call.InFeatures; k += TLanes.Count)
        {
            var factor = TLanes.Load(x + k);
            a0 = TLanes.FusedMultiplyAdd(factor, Next(ref w0), a0);
            a1 = TLanes.FusedMultiplyAdd(factor, Next(ref w1), a1);
            a2 = TLanes.FusedMultiplyAdd(factor, Next(ref w2), a2);
            a3 = TLanes.FusedMultiplyAdd(factor, Next(ref w3), a3);
        }

        sums[0] = TLanes.Sum(a0);
        sums[1] = TLanes.Sum(a1);
        sums[2] = TLanes.Sum(a2);
        sums[3] = TLanes.Sum(a3);
        for (int row = 0; row < 4 && k < call.InFeatures; row++)
        {
            sums[row] = AddRest(call, rows[row], token, k, sums[row]);
        }
    }

    /// <summary>Two rows by a tile's tokens; sums are [tokens, 2].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pair<TTokens>(in LinearCall call, int first, int second, int token, float* sums)
        where TTokens : struct, ITileSize
    {
        byte* w0 = Row(call, first);
        byte* w1 = Row(call, second);
        float* x0 = call.X + (token * call.XStride);
        float* x1 = x0 + call.XStride;
        float* x2 = x1 + call.XStride;
        float* x3 = x2 + call.XStride;
        float* x4 = x3 + call.XStride;
        TVector a00 = TLanes.Zero, a01 = TLanes.Zero, a10 = TLanes.Zero, a11 = TLanes.Zero, a20 = TLanes.Zero;
        TVector a21 = TLanes.Zero, a30 = TLanes.Zero, a31 = TLanes.Zero, a40 = TLanes.Zero, a41 = TLanes.Zero;
        nint k = 0;
        for (; k + TLanes.Count <= call.InFeatures; k += TLanes.Count)
        {
            var weight0 = Next(ref w0);
            var weight1 = Next(ref w1);
            Add(true, x0 + k, weight0, weight1, ref a00, ref a01);
            Add(true, x1 + k, weight0, weight1, ref a10, ref a11);
            Add(TTokens.Count > 2, x2 + k, weight0, weight1, ref a20, ref a21);
            Add(TTokens.Count > 3, x3 + k, weight0, weight1, ref a30, ref a31);
            Add(TTokens.Count > 4, x4 + k, weight0, weight1, ref a40, ref a41);
        }

        Keep(true, a00, a01, sums);
        Keep(true, a10, a11, sums + 2);
        Keep(TTokens.Count > 2, a20, a21, sums + 4);
        Keep(TTokens.Count > 3, a30, a31, sums + 6);
        Keep(TTokens.Count > 4, a40, a41, sums + 8);
        for (int t = 0; t < TTokens.Count && k < call.InFeatures; t++)
        {
            sums[2 * t] = AddRest(call, first, token + t, (int)k, sums[2 * t]);
            sums[(2 * t) + 1] = AddRest(call, second, token + t, (int)k, sums[(2 * t) + 1]);
        }
    }

    private static byte* Row(in LinearCall call, int row) => call.Float.Data + (row * call.Float.RowBytes);

    /// <summary>A vector of a row's weights, and the next one's place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Next(ref byte* weights)
    {
        CacheLine.Prefetch(weights + PrefetchDistance);
        var vector = TWeights.Load<TLanes, TVector>(weights);
        weights += TLanes.Count * TWeights.Size;
        return vector;
    }

    /// <summary>Adds a vector of a token's columns to its sums with two rows, if the tile has that token. By reference: of a sum that is returned, the compiler makes a copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(bool isTaken, float* x, TVector weight0, TVector weight1, ref TVector sum0, ref TVector sum1)
    {
        if (isTaken)
        {
            var factor = TLanes.Load(x);
            sum0 = TLanes.FusedMultiplyAdd(factor, weight0, sum0);
            sum1 = TLanes.FusedMultiplyAdd(factor, weight1, sum1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(bool isTaken, TVector sum0, TVector sum1, float* destination)
    {
        if (isTaken)
        {
            destination[0] = TLanes.Sum(sum0);
            destination[1] = TLanes.Sum(sum1);
        }
    }
}
