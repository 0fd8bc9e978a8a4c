using System.Runtime.CompilerServices;

namespace AwqIlgpu.Kernels;

/// <summary>Product of int8 activations with packed int4 weights.</summary>
/// <remarks>
/// <para>Math: y[t, r] = sum over blocks b, ascending, of (xScale[t, b] * wScale[r, b]) * (dot(q[r, b], x[t, b]) - zeroPoint[r, b] * sum(x[t, b])); the dot product is exact in int32, a block is added by one fused multiply-add.</para>
/// <para>Tile: two vectors of rows (32-bit lanes) by up to five tokens. Weights stream from memory once per <see cref="TokenBlock"/> tokens.</para>
/// <para>What the loops call is inlined by force: left to itself, the compiler keeps calls in the innermost one, and with them all vectors in memory.</para>
/// <para>Limit: memory for few tokens (4.25 bits per weight with groups of 128 and 16-bit scales), multiply units for many.</para>
/// </remarks>
internal static unsafe class Int4Gemm<TLanes, TDot, TVector>
    where TLanes : struct, ILanes<TVector>
    where TDot : struct, IInt8Dot<TVector>
    where TVector : unmanaged
{
    /// <summary>Tokens that share a pass over the weights: few enough for a block's activations and sums to stay in the first-level cache.</summary>
    private const int TokenBlock = 64;

    /// <summary>Most tokens of a tile: their sums, two vectors of weights and one of activations fit the 16 registers of AVX2.</summary>
    private const int TileTokens = 5;

    /// <summary>Bytes that weights are asked for ahead of their use; without it products of 2 to 8 tokens take a sixth to a quarter longer.</summary>
    private const int PrefetchDistance = 2048;

    /// <summary>Rows of a tile: two vectors.</summary>
    private static int TileRows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2 * TLanes.Count;
    }

    /// <summary>Rows of a tile that are neighbours: of two panels, each has a run of its own.</summary>
    private static int RunRows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Math.Min(TileRows, Int4Shape.PanelRows);
    }

    /// <summary>Computes row tiles <paramref name="start"/> to <paramref name="end"/> of all tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in LinearCall call, in QuantizedActivations x, int start, int end)
    {
        float* sums = stackalloc float[TokenBlock * TileRows];
        for (int token = 0; token < call.M; token += TokenBlock)
        {
            int tokens = Math.Min(TokenBlock, call.M - token);
            if (tokens == 1)
            {
                Int4Gemv<TLanes, TDot, TVector>.Run(call, x, token, start * TileRows, Math.Min(end * TileRows, call.OutFeatures));
                continue;
            }

            var runs = new RowRuns(start * TileRows, Math.Min(end * TileRows, call.OutFeatures), RunRows, TileRows / RunRows);
            for (int i = 0; i < runs.Length; i++)
            {
                int first = runs.Row(0, i);
                int second = RunRows < TileRows ? runs.Row(1, i) : first + TLanes.Count;
                Gemm(call.Int4, x, first, second, token, tokens, sums);
                for (int t = 0; t < tokens; t++)
                {
                    call.Store(token + t, first, sums + (t * TileRows), runs.Count(0, i));
                    if (RunRows < TileRows)
                    {
                        call.Store(token + t, second, sums + (t * TileRows) + RunRows, runs.Count(1, i));
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gemm(Int4Matrix weights, in QuantizedActivations x, int first, int second, int token, int tokens, float* sums)
    {
        var tile = new Int4RowTile<TLanes, TVector>(weights, first, second);
        new Span<float>(sums, tokens * TileRows).Clear();

        var tiles = new TokenTiles(tokens, TileTokens);
        int size = tiles.Size;
        int large = tiles.Large;
        for (int block = 0; block < x.K / x.BlockSize; block++)
        {
            nint index = ((nint)block * x.M) + token;
            var operands = new BlockOperands
            {
                Weights0 = tile.Weights0 + ((nint)block * x.BlockSize * 8),
                Weights1 = tile.Weights1 + ((nint)block * x.BlockSize * 8),
                Size = x.BlockSize,
                Scales = (tile.Scale0(block), tile.Scale1(block)),
                ZeroPoints = (tile.ZeroPoint0(block), tile.ZeroPoint1(block)),
                Values = x.Values + (index * x.BlockSize),
                XScales = x.Scales + index,
                NegativeSums = x.NegativeSums + index,
                Sums = sums,
            };
            Block(operands, size, 0, large);
            if (large < tiles.Count)
            {
                Block(operands, size - 1, large * size, tiles.Count - large);
            }
        }
    }

    private static void Block(in BlockOperands operands, int size, int token, int tiles)
    {
        switch (size)
        {
            case 2:
                Block<Two>(operands, token, tiles);
                break;
            case 3:
                Block<Three>(operands, token, tiles);
                break;
            case 4:
                Block<Four>(operands, token, tiles);
                break;
            default:
                Block<Five>(operands, token, tiles);
                break;
        }
    }

    /// <summary>Adds one block of columns to the sums of <paramref name="tiles"/> tiles of tokens, the first of which begins with <paramref name="token"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TTokens>(in BlockOperands operands, int token, int tiles)
        where TTokens : struct, ITileSize
    {
        nint size = operands.Size;
        byte* w0 = operands.Weights0;
        byte* w1 = operands.Weights1;
        for (int last = token + (tiles * TTokens.Count); token < last; token += TTokens.Count)
        {
            sbyte* x0 = operands.Values + (token * size);
            sbyte* x1 = x0 + size;
            sbyte* x2 = x1 + size;
            sbyte* x3 = x2 + size;
            sbyte* x4 = x3 + size;
            var s0 = ZeroPointProduct(operands, token);
            var s1 = ZeroPointProduct(operands, token + 1);
            var s2 = TTokens.Count > 2 ? ZeroPointProduct(operands, token + 2) : default;
            var s3 = TTokens.Count > 3 ? ZeroPointProduct(operands, token + 3) : default;
            var s4 = TTokens.Count > 4 ? ZeroPointProduct(operands, token + 4) : default;
            for (nint column = 0; column < size;)
            {
                var a0 = Begin(s0);
                var a1 = Begin(s1);
                var a2 = Begin(s2);
                var a3 = Begin(s3);
                var a4 = Begin(s4);
                for (nint end = Math.Min(column + Int8Dot.ColumnsPerSum, size); column < end; column += 8)
                {
                    CacheLine.Prefetch(w0 + (column * 8) + PrefetchDistance);
                    if (TileRows > Int4Shape.PanelRows)
                    {
                        // The second vector lies in a panel of its own, elsewhere in memory.
                        CacheLine.Prefetch(w1 + (column * 8) + PrefetchDistance);
                    }

                    var q0 = TLanes.LowNibbles(TLanes.Load(w0 + (column * 8)));
                    var q1 = TLanes.LowNibbles(TLanes.Load(w1 + (column * 8)));
                    a0 = Add(a0, q0, q1, x0 + column);
                    a1 = Add(a1, q0, q1, x1 + column);
                    a2 = TTokens.Count > 2 ? Add(a2, q0, q1, x2 + column) : a2;
                    a3 = TTokens.Count > 3 ? Add(a3, q0, q1, x3 + column) : a3;
                    a4 = TTokens.Count > 4 ? Add(a4, q0, q1, x4 + column) : a4;

                    q0 = TLanes.HighNibbles(TLanes.Load(w0 + (column * 8)));
                    q1 = TLanes.HighNibbles(TLanes.Load(w1 + (column * 8)));
                    a0 = Add(a0, q0, q1, x0 + column + 4);
                    a1 = Add(a1, q0, q1, x1 + column + 4);
                    a2 = TTokens.Count > 2 ? Add(a2, q0, q1, x2 + column + 4) : a2;
                    a3 = TTokens.Count > 3 ? Add(a3, q0, q1, x3 + column + 4) : a3;
                    a4 = TTokens.Count > 4 ? Add(a4, q0, q1, x4 + column + 4) : a4;
                }

                s0 = End(s0, a0);
                s1 = End(s1, a1);
                s2 = TTokens.Count > 2 ? End(s2, a2) : s2;
                s3 = TTokens.Count > 3 ? End(s3, a3) : s3;
                s4 = TTokens.Count > 4 ? End(s4, a4) : s4;
            }

            AddToSums(operands, token, s0);
            AddToSums(operands, token + 1, s1);
            if (TTokens.Count > 2)
            {
                AddToSums(operands, token + 2, s2);
            }

            if (TTokens.Count > 3)
            {
                AddToSums(operands, token + 3, s3);
            }

            if (TTokens.Count > 4)
            {
                AddToSums(operands, token + 4, s4);
            }
        }
    }

    /// <summary>What a block's int32 sums begin with: zero points times the token's negative sum of activations.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector Zero, TVector One) ZeroPointProduct(in BlockOperands operands, int token)
    {
        var negative = TLanes.Broadcast(operands.NegativeSums + token);
        return (TLanes.MultiplyInt(operands.ZeroPoints.Zero, negative), TLanes.MultiplyInt(operands.ZeroPoints.One, negative));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector Zero, TVector One) Begin((TVector Zero, TVector One) sum) => (TDot.Begin(sum.Zero), TDot.Begin(sum.One));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector Zero, TVector One) Add((TVector Zero, TVector One) accumulator, TVector weights0, TVector weights1, sbyte* activations)
    {
        var x = TLanes.Broadcast(activations);
        return (TDot.Add(accumulator.Zero, weights0, x), TDot.Add(accumulator.One, weights1, x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector Zero, TVector One) End((TVector Zero, TVector One) sum, (TVector Zero, TVector One) accumulator) =>
        (TDot.End(sum.Zero, accumulator.Zero), TDot.End(sum.One, accumulator.One));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddToSums(in BlockOperands operands, int token, (TVector Zero, TVector One) sum)
    {
        float* y = operands.Sums + (token * TileRows);
        var factor = TLanes.Broadcast(operands.XScales + token);
        TLanes.Store(y, TLanes.FusedMultiplyAdd(TLanes.Multiply(factor, operands.Scales.Zero), TLanes.ToFloat(sum.Zero), TLanes.Load(y)));
        TLanes.Store(y + TLanes.Count, TLanes.FusedMultiplyAdd(TLanes.Multiply(factor, operands.Scales.One), TLanes.ToFloat(sum.One), TLanes.Load(y + TLanes.Count)));
    }

    /// <summary>One block of columns: two vectors of rows and all tokens of a pass.</summary>
    private readonly ref struct BlockOperands
    {
        public required byte* Weights0 { get; init; }

        public required byte* Weights1 { get; init; }

        /// <summary>Columns.</summary>
        public required nint Size { get; init; }

        public required (TVector Zero, TVector One) Scales { get; init; }

        public required (TVector Zero, TVector One) ZeroPoints { get; init; }

        /// <summary>Activations, [tokens, Size].</summary>
        public required sbyte* Values { get; init; }

        /// <summary>Scale of each token's activations.</summary>
        public required float* XScales { get; init; }

        /// <summary>Negative sum of each token's activations.</summary>
        public required int* NegativeSums { get; init; }

        /// <summary>Output, [tokens, rows of the tile].</summary>
        public required float* Sums { get; init; }
    }
}
