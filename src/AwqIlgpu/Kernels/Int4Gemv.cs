using System.Runtime.CompilerServices;

namespace AwqIlgpu.Kernels;

/// <summary>Product of one token's int8 activations with packed int4 weights: <see cref="Int4Gemm{TLanes, TDot, TVector}"/> for a lone token, with the same bits.</summary>
/// <remarks>Limit: memory, which a thread reads as <see cref="RowRuns"/>.</remarks>
internal static unsafe class Int4Gemv<TLanes, TDot, TVector>
    where TLanes : struct, ILanes<TVector>
    where TDot : struct, IInt8Dot<TVector>
    where TVector : unmanaged
{
    /// <summary>Runs that a thread reads at once; on Zen 5 two take 1.08 times as long, four 1.07, one 1.15 to 1.3.</summary>
    private const int Runs = 3;

    /// <summary>Bytes of a run that are asked for ahead of their use.</summary>
    private const int PrefetchDistance = 2048;

    /// <summary>Rows of a run that are computed together, all of one panel.</summary>
    private static int TileRows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Math.Min(2 * TLanes.Count, Int4Shape.PanelRows);
    }

    /// <summary>Whether <see cref="TileRows"/> are two vectors; with sixteen lanes one vector is a whole panel.</summary>
    private static bool IsPair
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TLanes.Count < Int4Shape.PanelRows;
    }

    /// <summary>Computes rows <paramref name="start"/>, where a vector begins, to <paramref name="end"/> of one token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in LinearCall call, in QuantizedActivations x, int token, int start, int end)
    {
        float* sums = stackalloc float[Runs * TileRows];
        int* rows = stackalloc int[Runs];
        var runs = new RowRuns(start, end, TileRows, Runs);
        for (int i = 0; i < runs.Length; i++)
        {
            for (int run = 0; run < Runs; run++)
            {
                rows[run] = runs.Row(run, i);
            }

            Tile(call.Int4, x, token, rows, sums);
            for (int run = 0; run < Runs; run++)
            {
                call.Store(token, rows[run], sums + (run * TileRows), runs.Count(run, i));
            }
        }
    }

    /// <summary><see cref="TileRows"/> rows of each run.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(Int4Matrix weights, in QuantizedActivations x, int token, int* rows, float* sums)
    {
        var tile0 = new Int4RowTile<TLanes, TVector>(weights, rows[0], rows[0] + TLanes.Count);
        var tile1 = new Int4RowTile<TLanes, TVector>(weights, rows[1], rows[1] + TLanes.Count);
        var tile2 = new Int4RowTile<TLanes, TVector>(weights, rows[2], rows[2] + TLanes.Count);
        byte* w0 = tile0.Weights0;
        byte* w1 = tile1.Weights0;
        byte* w2 = tile2.Weights0;
        nint size = x.BlockSize;
        var y0 = (TLanes.Zero, TLanes.Zero);
        var y1 = (TLanes.Zero, TLanes.Zero);
        var y2 = (TLanes.Zero, TLanes.Zero);
        for (int block = 0; block < x.K / x.BlockSize; block++)
        {
            nint index = ((nint)block * x.M) + token;
            sbyte* values = x.Values + (index * size);
            var negative = TLanes.Broadcast(x.NegativeSums + index);
            var s0 = ZeroPointProduct(tile0, block, negative);
            var s1 = ZeroPointProduct(tile1, block, negative);
            var s2 = ZeroPointProduct(tile2, block, negative);
            for (nint column = 0; column < size;)
            {
                var a0 = Begin(s0);
                var a1 = Begin(s1);
                var a2 = Begin(s2);
                for (nint last = Math.Min(column + Int8Dot.ColumnsPerSum, size); column < last; column += 8)
                {
                    var low = TLanes.Broadcast(values + column);
                    var high = TLanes.Broadcast(values + column + 4);
                    a0 = Add(a0, w0, low, high);
                    a1 = Add(a1, w1, low, high);
                    a2 = Add(a2, w2, low, high);
                    w0 += 64;
                    w1 += 64;
                    w2 += 64;
                }

                s0 = End(s0, a0);
                s1 = End(s1, a1);
                s2 = End(s2, a2);
            }

            var scale = TLanes.Broadcast(x.Scales + index);
            y0 = AddScaled(y0, s0, tile0, block, scale);
            y1 = AddScaled(y1, s1, tile1, block, scale);
            y2 = AddScaled(y2, s2, tile2, block, scale);
        }

        Store(y0, sums);
        Store(y1, sums + TileRows);
        Store(y2, sums + (2 * TileRows));
    }

    /// <summary>What a block's int32 sums begin with: zero points times the token's negative sum of activations.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector Zero, TVector One) ZeroPointProduct(in Int4RowTile<TLanes, TVector> tile, int block, TVector negative) =>
        (TLanes.MultiplyInt(tile.ZeroPoint0(block), negative), IsPair ? TLanes.MultiplyInt(tile.ZeroPoint1(block), negative) : default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector Zero, TVector One) Begin((TVector Zero, TVector One) sum) => (TDot.Begin(sum.Zero), IsPair ? TDot.Begin(sum.One) : default);

    /// <summary>Adds the products of eight columns, which are 64 bytes of the panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector Zero, TVector One) Add((TVector Zero, TVector One) accumulator, byte* weights, TVector low, TVector high)
    {
        CacheLine.Prefetch(weights + PrefetchDistance);
        return (Add(accumulator.Zero, weights, low, high), IsPair ? Add(accumulator.One, weights + (TLanes.Count * 4), low, high) : default);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Add(TVector accumulator, byte* weights, TVector low, TVector high)
    {
        var packed = TLanes.Load(weights);
        return TDot.Add(TDot.Add(accumulator, TLanes.LowNibbles(packed), low), TLanes.HighNibbles(packed), high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector Zero, TVector One) End((TVector Zero, TVector One) sum, (TVector Zero, TVector One) accumulator) =>
        (TDot.End(sum.Zero, accumulator.Zero), IsPair ? TDot.End(sum.One, accumulator.One) : default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector Zero, TVector One) AddScaled((TVector Zero, TVector One) y, (TVector Zero, TVector One) sum, in Int4RowTile<TLanes, TVector> tile, int block, TVector scale) =>
        (TLanes.FusedMultiplyAdd(TLanes.Multiply(scale, tile.Scale0(block)), TLanes.ToFloat(sum.Zero), y.Zero),
            IsPair ? TLanes.FusedMultiplyAdd(TLanes.Multiply(scale, tile.Scale1(block)), TLanes.ToFloat(sum.One), y.One) : default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store((TVector Zero, TVector One) y, float* sums)
    {
        TLanes.Store(sums, y.Zero);
        if (IsPair)
        {
            TLanes.Store(sums + TLanes.Count, y.One);
        }
    }
}
