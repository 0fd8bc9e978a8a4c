using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AwqIlgpu.Kernels;

/// <summary>A unit of <see cref="PagedAttention"/> for a prompt: its products are of 16-bit integers (<see cref="Int16Pairs"/>), and lanes hold query rows.</summary>
/// <remarks>
/// <para>
/// Order: rows pass over the blocks in ascending position. A row's lane is computed as if it were alone, and sums of integers are exact, so the bits depend neither on chunks, batch, threads nor on
/// the width of vectors.
/// </para>
/// <para>Softmax: as in <see cref="PagedAttention"/>; the weights of a row and a block are rounded against the largest of them.</para>
/// </remarks>
internal static unsafe class Int16Attention
{
    private const int BlockSize = KvBlockLayout.BlockSize;

    /// <summary>Most query rows of a unit: as many as share the rounding of a block's keys and values.</summary>
    public const int UnitRows = 384;

    /// <summary>Most rows of a group, which pass through both products and the softmax of a block together: two vectors of them.</summary>
    private const int MaxGroupRows = 32;

    /// <summary>Whether the processor multiplies pairs and adds their products in one instruction, and so more of them than floats.</summary>
    public static bool IsFast => Avx2.IsSupported;

    /// <summary>Bytes of workspace that a thread needs to run units.</summary>
    public static long WorkspaceBytes(KvBlockLayout layout) => Rows.WorkspaceBytes(layout.QueryDim, layout.HeadDimV);

    /// <summary>Computes one unit of one sequence; parameters as in <see cref="PagedAttention.RunUnit"/>.</summary>
    public static void RunUnit(in AttentionShape shape, in KvPool pool, in AttentionSequence sequence, float* sinks, int unit, byte* workspace)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            RunUnit<Lanes512, Vector512<int>, Eight>(shape, pool, sequence, sinks, unit, workspace);
        }
        else
        {
            RunUnit<Lanes256, Vector256<int>, Four>(shape, pool, sequence, sinks, unit, workspace);
        }
    }

    /// <summary><see cref="RunUnit"/> with vectors of one width, and tiles of so many rows or tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunUnit<TLanes, TVector, TTile>(in AttentionShape shape, in KvPool pool, in AttentionSequence sequence, float* sinks, int unit, byte* workspace)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
        where TTile : struct, ITileSize
    {
        var (kvHead, firstRow, count) = PagedAttention.RowsOf(shape, sequence, unit);
        int groupRows = 2 * TLanes.Count;
        // Exponents of two; where scores are capped, what makes them so follows.
        float scale = shape.Softcap > 0 ? shape.Scale : shape.Scale * PagedAttention.Log2E;
        var rows = new Rows(workspace, shape, (count + groupRows - 1) / groupRows * groupRows);
        for (int row = 0; row < rows.Count; row++)
        {
            // Lanes without a row do what the last row does.
            var (token, groupHead) = Math.DivRem(firstRow + Math.Min(row, count - 1), shape.Group);
            int head = (kvHead * shape.Group) + groupHead;
            rows.Positions[row] = sequence.Position + token;
            float* query = sequence.Query + (token * sequence.QueryStride) + ((nint)head * shape.HeadDimK);
            if (pool.Layout.IsQuantized)
            {
                QuantizedKv.TurnQuery(pool.Layout, query, rows.Keys);
                query = rows.Keys;
            }

            int* pairs = rows.Queries + ((row / groupRows * groupRows * Int16Pairs.Count(shape.HeadDimK)) + (row % groupRows));
            rows.QueryScales[row] = scale * Int16Pairs.RoundQuery(query, shape.HeadDimK, pairs, groupRows);
            rows.Outputs[row] = row < count ? sequence.Output + (token * sequence.OutputStride) + ((nint)head * shape.HeadDimV) : rows.NoOutput;
            new Span<float>(rows.Outputs[row], shape.HeadDimV).Clear();
            (rows.Shifts[row], rows.Sums[row]) = PagedAttention.Sink(sinks, head);
        }

        int contextLength = sequence.Position + sequence.Tokens;
        int lastBlock = PagedAttention.LastKey(shape, rows.Positions[rows.Count - 1], contextLength) / BlockSize;
        for (int block = PagedAttention.FirstKey(shape, rows.Positions[0]) / BlockSize; block <= lastBlock; block++)
        {
            int start = block * BlockSize;
            int written = Math.Min(BlockSize, contextLength - start);
            int* blocks = sequence.BlockTable + block;
            nint ahead = block < lastBlock ? KvExpansion.Ahead(pool, blocks) : 0;
            RoundBlock<TLanes, TVector>(pool.Layout, pool.Keys(*blocks, kvHead), pool.Values(*blocks, kvHead), written, ahead, rows);
            for (int row = 0; row < rows.Count; row += groupRows)
            {
                int end = Math.Min(written, PagedAttention.LastKey(shape, rows.Positions[row + groupRows - 1], contextLength) + 1 - start);
                if (end > 0 && PagedAttention.FirstKey(shape, rows.Positions[row]) < start + BlockSize)
                {
                    Block<TLanes, TVector, TTile>(shape, start, contextLength, end, rows, row);
                }
            }
        }

        for (int row = 0; row < count; row++)
        {
            Elementwise.Scale(rows.Outputs[row], rows.Sums[row] == 0 ? 0 : 1 / rows.Sums[row], rows.Outputs[row], shape.HeadDimV);
        }
    }

    /// <summary>Keys and values of a block, of which the first <paramref name="written"/> are there, become pairs.</summary>
    private static void RoundBlock<TLanes, TVector>(in KvBlockLayout layout, byte* keys, byte* values, int written, nint ahead, in Rows rows)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        if (layout.Type == KvType.Fp16 && !layout.KeysEndInValues)
        {
            Int16Pairs.RoundKeys<short, HalfKvElement, TLanes, TVector>((short*)keys, layout.HeadDimK, ahead, (int*)rows.Keys, rows.KeyScales);
            Int16Pairs.RoundValues<short, HalfKvElement, TLanes, TVector>((short*)values, written, layout.HeadDimV, ahead, (int*)rows.Values, rows.ValueScales);
        }
        else
        {
            KvExpansion.Run(layout, keys, values, written, ahead, rows.Keys, rows.Values);
            Int16Pairs.RoundKeys<float, SingleKvElement, TLanes, TVector>(rows.Keys, layout.QueryDim, 0, (int*)rows.Keys, rows.KeyScales);
            Int16Pairs.RoundValues<float, SingleKvElement, TLanes, TVector>(rows.Values, written, layout.HeadDimV, 0, (int*)rows.Values, rows.ValueScales);
        }

        // A value that is not finite shows in the scores of the rows that see it; a scale of its own would reach, times a weight of 0, those that do not.
        for (int t = 0; t < written; t++)
        {
            float broken = rows.ValueScales[t] * 0;
            rows.KeyScales[t] += broken;
            rows.ValueScales[t] = broken == 0 ? rows.ValueScales[t] : 0;
        }
    }

    /// <summary>A group of rows and the first <paramref name="tokens"/> keys and values of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TLanes, TVector, TTile>(in AttentionShape shape, int start, int contextLength, int tokens, in Rows rows, int row)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
        where TTile : struct, ITileSize
    {
        int groupRows = 2 * TLanes.Count;
        int keyPairs = Int16Pairs.Count(shape.HeadDimK);
        Int16AttentionTile.Score<TLanes, TVector, TTile>(rows.Queries + ((nint)row * keyPairs), (int*)rows.Keys, keyPairs, tokens, (int*)rows.Scores);

        // Whole pairs: a last token without a neighbour gets one whose weight is 0.
        int valuePairs = Int16Pairs.Count(tokens);
        Unround<TLanes, TVector>(rows, row, 2 * valuePairs);
        if (shape.Softcap > 0)
        {
            Softcap.Run(rows.Scores, 2 * valuePairs * groupRows, shape.Softcap);
            Elementwise.Scale(rows.Scores, PagedAttention.Log2E, rows.Scores, 2 * valuePairs * groupRows);
        }

        Mask<TLanes, TVector>(shape, start, contextLength, rows, row, 2 * valuePairs);
        Weigh<TLanes, TVector>(rows, row, valuePairs);
        Weigh<TLanes, TVector>(rows, row + TLanes.Count, valuePairs);
        for (int i = 0; i < groupRows; i += TTile.Count)
        {
            float** outputs = rows.Outputs + row + i;
            float* corrections = rows.Corrections + row + i;
            int* weights = (int*)rows.Scores + i;
            float* scales = rows.WeightScales + row + i;
            int d = Int16AttentionTile.Accumulate<TLanes, TVector, TTile>(outputs, corrections, weights, groupRows, scales, (int*)rows.Values, valuePairs, shape.HeadDimV, 0);
            if (d < shape.HeadDimV)
            {
                d = Int16AttentionTile.Accumulate<Lanes256, Vector256<int>, TTile>(outputs, corrections, weights, groupRows, scales, (int*)rows.Values, valuePairs, shape.HeadDimV, d);
                for (int j = 0; j < TTile.Count && d < shape.HeadDimV; j++)
                {
                    Int16AttentionTile.AccumulateRest(outputs[j], corrections[j], weights + j, groupRows, scales[j], (int*)rows.Values, valuePairs, shape.HeadDimV, d);
                }
            }
        }
    }

    /// <summary>Sums of products become scores: exponents of two, or what is capped before it becomes one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unround<TLanes, TVector>(in Rows rows, int row, int tokens)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        float* scores = rows.Scores;
        var scale0 = TLanes.Load(rows.QueryScales + row);
        var scale1 = TLanes.Load(rows.QueryScales + row + TLanes.Count);
        for (int t = 0; t < tokens; t++, scores += 2 * TLanes.Count)
        {
            // One factor after the other: the product of both may be too large for a float where the score is not.
            var scale = TLanes.Broadcast(rows.KeyScales + t);
            TLanes.Store(scores, TLanes.Multiply(TLanes.Multiply(TLanes.ToFloat(TLanes.Load(scores)), scale0), scale));
            TLanes.Store(scores + TLanes.Count, TLanes.Multiply(TLanes.Multiply(TLanes.ToFloat(TLanes.Load(scores + TLanes.Count)), scale1), scale));
        }
    }

    /// <summary>Scores of tokens that a row does not see become -infinity, whatever an unwritten slot has made of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mask<TLanes, TVector>(in AttentionShape shape, int start, int contextLength, in Rows rows, int row, int tokens)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        int groupRows = 2 * TLanes.Count;
        if (PagedAttention.LastKey(shape, rows.Positions[row], contextLength) >= start + tokens - 1 && PagedAttention.FirstKey(shape, rows.Positions[row + groupRows - 1]) <= start)
        {
            return;
        }

        float* first = stackalloc float[MaxGroupRows];
        float* last = stackalloc float[MaxGroupRows];
        for (int i = 0; i < groupRows; i++)
        {
            first[i] = PagedAttention.FirstKey(shape, rows.Positions[row + i]) - start;
            last[i] = PagedAttention.LastKey(shape, rows.Positions[row + i], contextLength) - start;
        }

        var nothing = TLanes.Create(float.NegativeInfinity);
        for (int t = 0; t < tokens; t++)
        {
            var token = TLanes.Create(t);
            for (int i = 0; i < groupRows; i += TLanes.Count)
            {
                float* scores = rows.Scores + (t * groupRows) + i;
                var seen = TLanes.SelectLess(TLanes.Load(last + i), token, nothing, TLanes.Load(scores));
                TLanes.Store(scores, TLanes.SelectLess(token, TLanes.Load(first + i), nothing, seen));
            }
        }
    }

    /// <summary>Scores of a vector of rows become weights, times their values' scales, in pairs of neighbouring tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Weigh<TLanes, TVector>(in Rows rows, int row, int pairs)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        int groupRows = 2 * TLanes.Count;
        float* scores = rows.Scores + (row % groupRows);
        var largest = TLanes.Create(float.NegativeInfinity);
        for (int t = 0; t < 2 * pairs; t++)
        {
            largest = TLanes.Max(largest, TLanes.Load(scores + (t * groupRows)));
        }

        var shift = TLanes.Load(rows.Shifts + row);
        var correction = TLanes.Create(1);
        var limit = TLanes.Add(shift, TLanes.Create(PagedAttention.ShiftSlack));
        if (TLanes.LessAny(limit, largest))
        {
            var next = TLanes.SelectLess(limit, largest, largest, shift);
            correction = VectorMath.Exp2<TLanes, TVector>(TLanes.Subtract(shift, next));
            shift = next;
            TLanes.Store(rows.Shifts + row, shift);
        }

        TLanes.Store(rows.Corrections + row, correction);
        var sum = TLanes.Multiply(TLanes.Load(rows.Sums + row), correction);
        largest = TLanes.Zero;
        for (int t = 0; t < 2 * pairs; t++)
        {
            var weight = VectorMath.Exp2<TLanes, TVector>(TLanes.Subtract(TLanes.Load(scores + (t * groupRows)), shift));
            sum = TLanes.Add(sum, weight);
            weight = TLanes.Multiply(weight, TLanes.Broadcast(rows.ValueScales + t));
            largest = TLanes.Max(largest, weight);
            TLanes.Store(scores + (t * groupRows), weight);
        }

        TLanes.Store(rows.Sums + row, sum);
        var (scale, inverse) = Int16Pairs.Scale<TLanes, TVector>(largest, Int16Pairs.Top(BlockSize));
        TLanes.Store(rows.WeightScales + row, scale);
        for (int pair = 0; pair < pairs; pair++)
        {
            float* even = scores + (2 * pair * groupRows);
            TLanes.Store(scores + (pair * groupRows), Int16Pairs.Round<TLanes, TVector>(TLanes.Load(even), inverse, TLanes.Load(even + groupRows), inverse));
        }
    }

    /// <summary>The rows of a unit and the current block, laid out in the workspace.</summary>
    private readonly struct Rows
    {
        /// <param name="workspace">Aligned to cache lines, as long as <see cref="WorkspaceBytes"/> says.</param>
        /// <param name="shape">What is computed.</param>
        /// <param name="count">Rows, a multiple of a group's.</param>
        public Rows(byte* workspace, in AttentionShape shape, int count)
        {
            Count = count;
            Outputs = (float**)workspace;
            Scores = (float*)(Outputs + UnitRows);
            Sums = Scores + (BlockSize * MaxGroupRows);
            Shifts = Sums + UnitRows;
            Corrections = Shifts + UnitRows;
            WeightScales = Corrections + UnitRows;
            QueryScales = WeightScales + UnitRows;
            KeyScales = QueryScales + UnitRows;
            ValueScales = KeyScales + BlockSize;
            Positions = (int*)(ValueScales + BlockSize);
            Queries = Positions + UnitRows;
            Keys = (float*)(Queries + ((nint)UnitRows * Int16Pairs.Count(shape.HeadDimK)));
            Values = Keys + ((nint)BlockSize * shape.HeadDimK);
            NoOutput = Values + ((nint)BlockSize * shape.HeadDimV);
        }

        public int Count { get; }

        /// <summary>Result of each row, [headDimV]; until the end the sum of weighted values.</summary>
        public float** Outputs { get; }

        /// <summary>Sums of products of a group and the current block, then scores, then weights, [BlockSize, rows of a group]; at last pairs of weights, [BlockSize / 2, rows of a group].</summary>
        public float* Scores { get; }

        /// <summary>Sum of each row's weights so far.</summary>
        public float* Sums { get; }

        /// <summary>Exponent of two that a row's weight of 1 stands for.</summary>
        public float* Shifts { get; }

        /// <summary>Factor on what was summed before the current block.</summary>
        public float* Corrections { get; }

        /// <summary>What a product of weight and value of 1 is worth in the current block.</summary>
        public float* WeightScales { get; }

        /// <summary>What a product with a row's query of 1 is worth, the factor that makes an exponent included.</summary>
        public float* QueryScales { get; }

        /// <summary>Scales of the current block's keys, [BlockSize].</summary>
        public float* KeyScales { get; }

        /// <summary>Scales of the current block's values, [BlockSize].</summary>
        public float* ValueScales { get; }

        /// <summary>Position of each row's token.</summary>
        public int* Positions { get; }

        /// <summary>Pairs of all rows' queries, [groups, pairs, rows of a group].</summary>
        public int* Queries { get; }

        /// <summary>The current block's keys, [headDimK, BlockSize], then pairs; before the first block a turned query.</summary>
        public float* Keys { get; }

        /// <summary>The current block's values, [BlockSize, headDimV], then pairs.</summary>
        public float* Values { get; }

        /// <summary>Where lanes without a row write, [headDimV].</summary>
        public float* NoOutput { get; }

        public static long WorkspaceBytes(int headDimK, int headDimV) =>
            (UnitRows * (sizeof(long) + (5 * sizeof(float)) + sizeof(int)))
            + (((BlockSize * MaxGroupRows) + (2 * BlockSize) + ((long)UnitRows * Int16Pairs.Count(headDimK)) + ((long)BlockSize * (headDimK + headDimV)) + headDimV) * sizeof(float));
    }
}
