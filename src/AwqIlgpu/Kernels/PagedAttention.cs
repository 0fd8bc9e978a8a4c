using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Softmax attention of queries over a paged KV cache, without ever holding a row of scores longer than a block.</summary>
/// <remarks>
/// <para>Math: <c>o = sum_j softmax_j(cap * tanh(q . k_j * scale / cap)) * v_j</c> over the keys j that the query sees; a sink is one more logit without a value.</para>
/// <para>Shapes: as in <see cref="AttentionSequence"/>; keys and values lie in blocks of <see cref="KvBlockLayout"/>; sinks are [heads].</para>
/// <para>
/// Types: float arithmetic whatever the cache stores (<see cref="Reference"/> computes in double); for a prompt in fast precision, products of 16-bit integers: <see cref="Int16Attention"/>.
/// </para>
/// <para>
/// Order: a row passes over the blocks in ascending position, and each block's part is computed the same way whatever else the batch holds, so the bits
/// do not depend on chunks, batch or threads. A block of which a row sees nothing leaves its state as it is.
/// </para>
/// <para>
/// Softmax: a key's weight is 2^(score * log2(e) - shift); the shift is each row's own and divides out. It becomes the row's largest score only when one exceeds it by more than
/// <see cref="ShiftSlack"/>, so most blocks need neither a maximum across lanes nor a correction of earlier sums.
/// </para>
/// <para>Units: work is cut into units of one KV head and up to <see cref="UnitRows"/> query rows (tokens times the heads that share the KV head); units are independent.</para>
/// <para>Source: FlashAttention arXiv:2205.14135, 2307.08691; PagedAttention arXiv:2309.06180; GQA arXiv:2305.13245; sinks as in gpt-oss.</para>
/// </remarks>
internal static unsafe class PagedAttention
{
    /// <summary>Most query rows of a unit: as many as share a copy of the cache in floats.</summary>
    public const int UnitRows = 192;

    private const int BlockSize = KvBlockLayout.BlockSize;

    /// <summary>Most query rows for which fp16 is read from the cache itself; with more of them, one copy in floats costs less than turning halves into floats in every tile.</summary>
    private const int CachedRows = 8;

    public const float Log2E = 1.44269504088896341f;

    /// <summary>How far a score, as an exponent of two, may exceed its row's shift; weights up to 2 to this power are as exact as those up to 1.</summary>
    public const float ShiftSlack = 8;

    /// <summary>The definition in plain C#, which every other version is tested against; one sequence, keys and values in order of position.</summary>
    /// <param name="shape">What to compute.</param>
    /// <param name="query">Queries, [tokens, heads, headDimK]; the last stands at the last key's position.</param>
    /// <param name="keys">Keys, [contextLength, kvHeads, headDimK].</param>
    /// <param name="values">Values, [contextLength, kvHeads, headDimV].</param>
    /// <param name="sinks">One logit per head; empty for none.</param>
    /// <param name="output">Result, [tokens, heads, headDimV].</param>
    public static void Reference(AttentionShape shape, ReadOnlySpan<float> query, ReadOnlySpan<float> keys, ReadOnlySpan<float> values, ReadOnlySpan<float> sinks, Span<double> output)
    {
        int contextLength = keys.Length / (shape.KvHeads * shape.HeadDimK);
        int tokens = query.Length / (shape.Heads * shape.HeadDimK);
        var weights = new double[contextLength];
        for (int row = 0; row < tokens * shape.Heads; row++)
        {
            int head = row % shape.Heads;
            int kvHead = head / shape.Group;
            int position = contextLength - tokens + (row / shape.Heads);
            double max = sinks.IsEmpty ? double.NegativeInfinity : sinks[head];
            for (int j = 0; j < contextLength; j++)
            {
                double score = 0;
                for (int d = 0; d < shape.HeadDimK; d++)
                {
                    score += (double)query[(row * shape.HeadDimK) + d] * keys[(((j * shape.KvHeads) + kvHead) * shape.HeadDimK) + d];
                }

                score *= shape.Scale;
                score = shape.Softcap > 0 ? Kernels.Softcap.Reference(score, shape.Softcap) : score;
                bool visible = (!shape.Causal || j <= position) && (shape.Window == 0 || position - j < shape.Window);
                weights[j] = visible ? score : double.NegativeInfinity;
                max = Math.Max(max, weights[j]);
            }

            double sum = sinks.IsEmpty ? 0 : Math.Exp(sinks[head] - max);
            var result = output.Slice(row * shape.HeadDimV, shape.HeadDimV);
            result.Clear();
            for (int j = 0; j < contextLength; j++)
            {
                double weight = Math.Exp(weights[j] - max);
                sum += weight;
                for (int d = 0; d < shape.HeadDimV; d++)
                {
                    result[d] += weight * values[(((j * shape.KvHeads) + kvHead) * shape.HeadDimV) + d];
                }
            }

            foreach (ref double value in result)
            {
                value /= sum;
            }
        }
    }

    /// <summary>Units of a sequence's queries. Neighbouring units share a KV head.</summary>
    public static int UnitCount(in AttentionShape shape, in AttentionSequence sequence) => shape.KvHeads * UnitsPerKvHead(shape, sequence);

    /// <summary>Bytes of workspace that a thread needs to run units.</summary>
    public static long WorkspaceBytes(KvBlockLayout layout) => Math.Max(
        RowStates.ByteCount
        + (IsExpanded(layout) ? (long)BlockSize * (layout.QueryDim + layout.HeadDimV) * sizeof(float) : 0)
        + (layout.IsQuantized ? (long)UnitRows * layout.QueryDim * sizeof(float) : 0),
        Int16Attention.WorkspaceBytes(layout));

    /// <summary>Computes one unit of one sequence.</summary>
    /// <param name="shape">What to compute.</param>
    /// <param name="pool">The layer's KV blocks, in which the keys and values of the queries' own tokens are already stored.</param>
    /// <param name="sequence">Queries, result and cache of the sequence.</param>
    /// <param name="sinks">One logit per head, [heads]; null for none.</param>
    /// <param name="unit">Which unit, below <see cref="UnitCount"/>.</param>
    /// <param name="workspace">The thread's scratch, <see cref="WorkspaceBytes"/> long, aligned to 64 bytes.</param>
    public static void RunUnit(in AttentionShape shape, in KvPool pool, in AttentionSequence sequence, float* sinks, int unit, byte* workspace)
    {
        if (IsInt16(sequence))
        {
            Int16Attention.RunUnit(shape, pool, sequence, sinks, unit, workspace);
            return;
        }

        var (kvHead, firstRow, count) = RowsOf(shape, sequence, unit);
        var rows = new RowStates(workspace, count);
        for (int row = 0; row < rows.Count; row++)
        {
            var (token, groupHead) = Math.DivRem(firstRow + row, shape.Group);
            int head = (kvHead * shape.Group) + groupHead;
            rows.Positions[row] = sequence.Position + token;
            rows.Queries[row] = sequence.Query + (token * sequence.QueryStride) + ((nint)head * shape.HeadDimK);
            rows.Outputs[row] = sequence.Output + (token * sequence.OutputStride) + ((nint)head * shape.HeadDimV);
            if (pool.Layout.IsQuantized)
            {
                float* turned = rows.Expanded + (BlockSize * (shape.HeadDimK + shape.HeadDimV)) + (row * shape.HeadDimK);
                QuantizedKv.TurnQuery(pool.Layout, rows.Queries[row], turned);
                rows.Queries[row] = turned;
            }

            new Span<float>(rows.Outputs[row], shape.HeadDimV).Clear();
            (rows.Shifts[row], float sum) = Sink(sinks, head);
            Vector256.CreateScalar(sum).Store(rows.Sums + (row * RowStates.SumLanes));
        }

        Blocks(shape, pool, sequence, kvHead, rows);
        for (int row = 0; row < rows.Count; row++)
        {
            float sum = VectorMath.Sum(Vector256.Load(rows.Sums + (row * RowStates.SumLanes)));
            Elementwise.Scale(rows.Outputs[row], sum == 0 ? 0 : 1 / sum, rows.Outputs[row], shape.HeadDimV);
        }
    }

    /// <summary>The KV head of a unit, its first query row (token * group + head of the group), and how many rows it has.</summary>
    public static (int KvHead, int FirstRow, int Count) RowsOf(in AttentionShape shape, in AttentionSequence sequence, int unit)
    {
        var (kvHead, rowBlock) = Math.DivRem(unit, UnitsPerKvHead(shape, sequence));
        int most = MaxRows(sequence);
        int firstRow = rowBlock * most;
        return (kvHead, firstRow, Math.Min(most, (sequence.Tokens * shape.Group) - firstRow));
    }

    /// <summary>Shift and sum of a row before its first key. A sink is a key whose weight counts and whose value is 0.</summary>
    public static (float Shift, float Sum) Sink(float* sinks, int head)
    {
        bool sink = sinks is not null && !float.IsNegativeInfinity(sinks[head]);
        // Without a sink the shift begins below every score but finite, so that a block of nothing but -infinity gets weights of 0 instead of NaN.
        return sink ? (sinks[head] * Log2E, 1) : (float.MinValue, 0);
    }

    private static bool IsInt16(in AttentionSequence sequence) => sequence.IsInt16 && Int16Attention.IsFast;

    private static int MaxRows(in AttentionSequence sequence) => IsInt16(sequence) ? Int16Attention.UnitRows : UnitRows;

    private static int UnitsPerKvHead(in AttentionShape shape, in AttentionSequence sequence) => ((sequence.Tokens * shape.Group) + MaxRows(sequence) - 1) / MaxRows(sequence);

    private static void Blocks(in AttentionShape shape, in KvPool pool, in AttentionSequence sequence, int kvHead, in RowStates rows)
    {
        int contextLength = sequence.Position + sequence.Tokens;
        int lastBlock = LastKey(shape, rows.Positions[rows.Count - 1], contextLength) / BlockSize;
        for (int block = FirstKey(shape, rows.Positions[0]) / BlockSize; block <= lastBlock; block++)
        {
            int start = block * BlockSize;
            byte* keys = pool.Keys(sequence.BlockTable[block], kvHead);
            byte* values = pool.Values(sequence.BlockTable[block], kvHead);
            nint ahead = block < lastBlock ? KvExpansion.Ahead(pool, sequence.BlockTable + block) : 0;
            if (!IsExpanded(pool.Layout))
            {
                Block<float, SingleKvElement>(shape, (float*)keys, (float*)values, start, contextLength, ahead, rows);
                continue;
            }

            if (pool.Layout.Type == KvType.Fp16 && !pool.Layout.KeysEndInValues && rows.Count <= CachedRows)
            {
                Block<short, HalfKvElement>(shape, (short*)keys, (short*)values, start, contextLength, ahead, rows);
                continue;
            }

            float* expandedValues = rows.Expanded + (BlockSize * shape.HeadDimK);
            KvExpansion.Run(pool.Layout, keys, values, Math.Min(BlockSize, contextLength - start), ahead, rows.Expanded, expandedValues);
            Block<float, SingleKvElement>(shape, rows.Expanded, expandedValues, start, contextLength, 0, rows);
        }
    }

    /// <summary>Whether products read a copy in floats instead of the cache itself.</summary>
    private static bool IsExpanded(in KvBlockLayout layout) => layout.Type != KvType.Fp32 || layout.KeysEndInValues;

    /// <summary>First key that a query at a position sees.</summary>
    public static int FirstKey(in AttentionShape shape, int position) => shape.Window == 0 ? 0 : Math.Max(0, position - shape.Window + 1);

    /// <summary>Last key that a query at a position sees.</summary>
    public static int LastKey(in AttentionShape shape, int position, int contextLength) => shape.Causal ? position : contextLength - 1;

    /// <summary>One KV block for all rows of the unit that see any of it: scores of all, then weights, then sums, so that the keys and after them the values stay in the first-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TStored, TElement>(in AttentionShape shape, TStored* keys, TStored* values, int start, int contextLength, nint ahead, in RowStates rows)
        where TStored : unmanaged
        where TElement : struct, IKvElement<TStored>
    {
        // Positions ascend with the row, so these rows are neighbours.
        int from = 0;
        while (from < rows.Count && LastKey(shape, rows.Positions[from], contextLength) < start)
        {
            from++;
        }

        int to = rows.Count;
        while (to > from && FirstKey(shape, rows.Positions[to - 1]) >= start + BlockSize)
        {
            to--;
        }

        int size;
        for (int row = from; row < to; row += size)
        {
            size = TileRows<TStored>(to - row);
            AttentionTile<TStored, TElement>.Score(size, rows.Queries + row, keys, shape.HeadDimK, rows.Scores + (row * BlockSize), ahead);
        }

        Weigh(shape, start, contextLength, rows, from, to);
        for (int row = from; row < to; row += size)
        {
            size = TileRows<TStored>(to - row);

            // What any row of the tile sees of the block.
            int first = Math.Max(0, FirstKey(shape, rows.Positions[row]) - start);
            int end = Math.Min(BlockSize, LastKey(shape, rows.Positions[row + size - 1], contextLength) + 1 - start);
            AttentionTile<TStored, TElement>.Accumulate(
                size, rows.Outputs + row, rows.Corrections + row, rows.Scores + (row * BlockSize), values, first, end, shape.HeadDimV, ahead);
        }
    }

    /// <summary>Rows of the next tile: six only of floats, since what makes floats of halves takes the registers for it.</summary>
    private static int TileRows<TStored>(int rows) => rows switch
    {
        >= 6 when typeof(TStored) == typeof(float) => 6,
        >= 4 => 4,
        >= 2 => 2,
        _ => 1,
    };

    /// <summary>Turns a block's scores of rows <paramref name="from"/> to <paramref name="to"/> into weights, 2 to the power of what a score is above its row's shift.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Weigh(in AttentionShape shape, int start, int contextLength, in RowStates rows, int from, int to)
    {
        // Capped scores are scaled already.
        var factor = Vector256.Create(shape.Softcap > 0 ? Log2E : shape.Scale * Log2E);
        for (int row = from; row < to; row++)
        {
            float* scores = rows.Scores + (row * BlockSize);
            if (shape.Softcap > 0)
            {
                Elementwise.Scale(scores, shape.Scale, scores, BlockSize);
                Softcap.Run(scores, BlockSize, shape.Softcap);
            }

            int first = FirstKey(shape, rows.Positions[row]) - start;
            int end = LastKey(shape, rows.Positions[row], contextLength) + 1 - start;
            if (first > 0 || end < BlockSize)
            {
                Mask(scores, first, end);
            }

            var s0 = Vector256.Load(scores) * factor;
            var s1 = Vector256.Load(scores + 8) * factor;
            var s2 = Vector256.Load(scores + 16) * factor;
            var s3 = Vector256.Load(scores + 24) * factor;
            var shift = Vector256.Create(rows.Shifts[row]);
            var correction = Vector256<float>.One;
            var largest = Vector256.MaxNative(Vector256.MaxNative(s0, s1), Vector256.MaxNative(s2, s3));
            if (Vector256.GreaterThanAny(largest, shift + Vector256.Create(ShiftSlack)))
            {
                rows.Shifts[row] = VectorMath.Max(largest);
                correction = VectorMath.Exp2(shift - Vector256.Create(rows.Shifts[row]));
                shift = Vector256.Create(rows.Shifts[row]);
            }

            s0 = VectorMath.Exp2(s0 - shift);
            s1 = VectorMath.Exp2(s1 - shift);
            s2 = VectorMath.Exp2(s2 - shift);
            s3 = VectorMath.Exp2(s3 - shift);
            s0.Store(scores);
            s1.Store(scores + 8);
            s2.Store(scores + 16);
            s3.Store(scores + 24);
            float* sums = rows.Sums + (row * RowStates.SumLanes);
            VectorMath.MultiplyAdd(Vector256.Load(sums), correction, (s0 + s1) + (s2 + s3)).Store(sums);
            rows.Corrections[row] = correction.ToScalar();
        }
    }

    /// <summary>Scores of tokens outside [first, end) become -infinity, whatever an unwritten slot has made of them.</summary>
    private static void Mask(float* scores, int first, int end)
    {
        var row = new Span<float>(scores, BlockSize);
        row[..Math.Max(0, first)].Fill(float.NegativeInfinity);
        row[Math.Min(end, BlockSize)..].Fill(float.NegativeInfinity);
    }

    /// <summary>The rows of a unit, laid out in the workspace.</summary>
    private readonly struct RowStates
    {
        /// <summary>Lanes of a row's sum; lane i takes keys i, i + 8 and so on of every block, lane 0 the sink too.</summary>
        public const int SumLanes = 8;

        /// <summary>Bytes of all but <see cref="Expanded"/>; a multiple of 64, so that no vector lies in two cache lines.</summary>
        public const int ByteCount = UnitRows * ((2 * sizeof(long)) + ((BlockSize + SumLanes + 2) * sizeof(float)) + sizeof(int));

        public RowStates(byte* workspace, int count)
        {
            Count = count;
            Queries = (float**)workspace;
            Outputs = Queries + UnitRows;
            Scores = (float*)(Outputs + UnitRows);
            Sums = Scores + (UnitRows * BlockSize);
            Shifts = Sums + (UnitRows * SumLanes);
            Corrections = Shifts + UnitRows;
            Positions = (int*)(Corrections + UnitRows);
            Expanded = (float*)(workspace + ByteCount);
        }

        public int Count { get; }

        /// <summary>Query of each row, [headDimK].</summary>
        public float** Queries { get; }

        /// <summary>Result of each row, [headDimV]; until the end the sum of weighted values.</summary>
        public float** Outputs { get; }

        /// <summary>Scores, then weights, of the current block, [rows, BlockSize].</summary>
        public float* Scores { get; }

        /// <summary>Sums of the weights so far, [rows, SumLanes].</summary>
        public float* Sums { get; }

        /// <summary>Exponent of two that a weight of 1 stands for: the sink's or the least float before the first key, later at most <see cref="ShiftSlack"/> below the largest score.</summary>
        public float* Shifts { get; }

        /// <summary>Factor on what was summed before the current block; 1 unless the shift has changed.</summary>
        public float* Corrections { get; }

        /// <summary>Position of each row's token.</summary>
        public int* Positions { get; }

        /// <summary>The current block's keys, then values, as floats, then the turned queries; only where the cache stores something else.</summary>
        public float* Expanded { get; }
    }
}
