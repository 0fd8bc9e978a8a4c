using AwqIlgpu.Kernels;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Softmax attention of queries over a paged KV cache, without ever holding more scores than a piece of 256 keys; the definition is <see cref="PagedAttention.Reference"/>.</summary>
/// <remarks>
/// <para>Math: <c>o = sum_j softmax_j(cap * tanh(q . k_j * scale / cap)) * v_j</c> over the keys j that the query sees.</para>
/// <para>Shapes: as in <see cref="AttentionArguments"/>; keys and values lie in blocks of <see cref="KvBlockLayout"/>; head dimensions are multiples of 4.</para>
/// <para>Types: float arithmetic whatever the cache stores: fp32, fp16, or int8, whose keys <see cref="Hadamard"/> has turned, so that queries are turned too.</para>
/// <para>
/// Launch: 256 threads for one KV head and one to eight query rows (tokens times the heads that share the KV head). A piece is 256 keys: 32 threads
/// take a block's scores, each four keys and a quarter of the dimensions; then the weights of all rows; then each thread four dimensions of the
/// values of some keys. Decoding cuts a sequence into splits of whole pieces, one group each, which <see cref="AttentionMergeKernel"/> joins;
/// prefill passes over all pieces in one group. Pieces lie at absolute positions, so neither chunks nor the batch move them.
/// </para>
/// <para>Limit: memory for decoding (each key and value is read once for all heads that share it), multiply units for prefill.</para>
/// <para>Source: FlashAttention arXiv:2205.14135, 2307.08691; split KV as in Flash-Decoding (Dao, Haziza, Massa, Sizov, 2023); PagedAttention arXiv:2309.06180.</para>
/// </remarks>
internal sealed class AttentionKernel
{
    /// <summary>Keys of a piece.</summary>
    public const int PieceTokens = 256;

    /// <summary>Most query rows of a group.</summary>
    public const int MaxRows = 8;

    /// <summary>Most splits of a sequence.</summary>
    public const int MaxSplits = 32;

    // A row needs its query, its result and a piece's scores in the 48 KiB of shared memory that every device has, beside the buffers of the threads.
    private const int SharedBytes = (48 * 1024) - (Threads * 20) - 256;

    private const int Threads = 256;
    private const int PieceQuads = PieceTokens / 4;
    private const int PieceBlocks = PieceTokens / KvBlockLayout.BlockSize;
    private const int BlockQuads = KvBlockLayout.BlockSize / 4;

    // Parts into which the dimensions of a key are cut.
    private const int Slices = 4;

    private readonly Action<AcceleratorStream, KernelConfig, AttentionArguments, KvView, int, int, ArrayView<float>>[] _kernels;
    private readonly AttentionMergeKernel _merge;

    /// <summary>Compiles the kernels once for <paramref name="accelerator"/>.</summary>
    public AttentionKernel(Accelerator accelerator)
    {
        _kernels =
        [
            accelerator.LoadKernel<AttentionArguments, KvView, int, int, ArrayView<float>>(GroupPerRows<OneRow>),
            accelerator.LoadKernel<AttentionArguments, KvView, int, int, ArrayView<float>>(GroupPerRows<TwiceRows<OneRow>>),
            accelerator.LoadKernel<AttentionArguments, KvView, int, int, ArrayView<float>>(GroupPerRows<TwiceRows<TwiceRows<OneRow>>>),
            accelerator.LoadKernel<AttentionArguments, KvView, int, int, ArrayView<float>>(GroupPerRows<TwiceRows<TwiceRows<TwiceRows<OneRow>>>>),
        ];
        _merge = new AttentionMergeKernel(accelerator);
    }

    /// <summary>Floats of workspace for decoding.</summary>
    /// <param name="segments">Most sequences of a step.</param>
    /// <param name="context">Most tokens of a sequence.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="headDimV">Elements of a value head.</param>
    public static long WorkspaceFloats(int segments, int context, int heads, int headDimV) =>
        Splits(context) is > 1 and var splits ? (long)segments * heads * splits * (headDimV + AttentionMergeKernel.StateFloats) : 0;

    /// <summary>Refuses shapes that the kernel has no room for.</summary>
    /// <exception cref="NotSupportedException">A head dimension is no multiple of 4, or they are too long.</exception>
    public static void Check(AttentionShape shape)
    {
        if (shape.HeadDimK % 4 != 0 || shape.HeadDimV % 4 != 0 || MaxRows * (shape.HeadDimK + shape.HeadDimV + PieceTokens) * sizeof(float) > SharedBytes)
        {
            throw new NotSupportedException($"Attention with head dimensions {shape.HeadDimK} and {shape.HeadDimV} does not run on a GPU; supported are multiples of 4, together at most {(SharedBytes / (MaxRows * sizeof(float))) - PieceTokens}.");
        }
    }

    /// <summary>Queues decoding: segments of one token each. Allocates nothing and does not wait.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="arguments">The layer and the batch.</param>
    /// <param name="cache">The layer's blocks, the tokens' own keys and values included.</param>
    /// <param name="firstSegment">First segment to do.</param>
    /// <param name="segments">Segments to do.</param>
    /// <param name="context">Tokens of the longest of their sequences.</param>
    /// <param name="workspace">At least <see cref="WorkspaceFloats"/>.</param>
    public void Decode(AcceleratorStream stream, AttentionArguments arguments, KvView cache, int firstSegment, int segments, int context, ArrayView<float> workspace)
    {
        int splits = Splits(context);
        DecodeSplits(stream, arguments, cache, firstSegment, segments, context, workspace);
        if (splits > 1)
        {
            _merge.Run(stream, workspace, splits, arguments.Segments.SubView(firstSegment, segments), arguments.Heads, cache.HeadDimV, arguments.Output, arguments.OutputStride);
        }
    }

    /// <summary>Queues the splits of decoding without joining them; parameters as in <see cref="Decode"/>.</summary>
    public void DecodeSplits(AcceleratorStream stream, AttentionArguments arguments, KvView cache, int firstSegment, int segments, int context, ArrayView<float> workspace)
    {
        int splits = Splits(context);
        Launch(stream, arguments, cache, firstSegment, segments, 1, splits, (Pieces(context) + splits - 1) / splits, workspace);
    }

    /// <summary>Queues prefill of one segment. Allocates nothing and does not wait.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="arguments">The layer and the batch.</param>
    /// <param name="cache">The layer's blocks, the tokens' own keys and values included.</param>
    /// <param name="segment">Which segment.</param>
    /// <param name="tokens">Its tokens.</param>
    public void Prefill(AcceleratorStream stream, AttentionArguments arguments, KvView cache, int segment, int tokens) =>
        Launch(stream, arguments, cache, segment, 1, tokens, 1, int.MaxValue / PieceTokens, default);

    private static int Pieces(int context) => (context + PieceTokens - 1) / PieceTokens;

    // Rounded so that no split is left without a piece.
    private static int Splits(int context)
    {
        int pieces = Pieces(context);
        int perSplit = (pieces + MaxSplits - 1) / MaxSplits;
        return (pieces + perSplit - 1) / perSplit;
    }

    private void Launch(AcceleratorStream stream, AttentionArguments arguments, KvView cache, int firstSegment, int segments, int tokens, int splits, int piecesPerSplit, ArrayView<float> parts)
    {
        int rows = tokens * arguments.HeadsPerKvHead;
        var (kernel, rowsPerGroup) = rows switch { 1 => (0, 1), 2 => (1, 2), <= 4 => (2, 4), _ => (3, 8) };
        int rowBlocks = (rows + rowsPerGroup - 1) / rowsPerGroup;
        var shared = SharedMemoryConfig.RequestDynamic<Float4>(rowsPerGroup * ((cache.QueryDim / 4) + (cache.HeadDimV / 4) + PieceQuads));
        var grid = new Index3D(cache.KvHeads * rowBlocks, splits, segments);
        _kernels[kernel](stream, new KernelConfig(grid, new Index3D(Threads, 1, 1), shared), arguments, cache, firstSegment, piecesPerSplit, parts);
    }

    private static void GroupPerRows<TSums>(AttentionArguments arguments, KvView cache, int firstSegment, int piecesPerSplit, ArrayView<float> parts)
        where TSums : struct, IRowSums<TSums>
    {
        int maxRows = default(TSums).Rows;
        int quadsK = cache.QueryDim / 4;
        int quadsV = cache.HeadDimV / 4;
        var dynamic = SharedMemory.GetDynamic<Float4>();
        var query = dynamic.SubView(0, maxRows * quadsK); // [rows, headDimK]
        var result = dynamic.SubView(maxRows * quadsK, maxRows * quadsV).Cast<float>(); // [rows, headDimV]
        var scores = dynamic.SubView(maxRows * (quadsK + quadsV), maxRows * PieceQuads); // [rows, PieceTokens]
        var exchange = SharedMemory.Allocate<Float4>(Threads);
        var partial = SharedMemory.Allocate<float>(Threads);
        var states = SharedMemory.Allocate<RowState>(MaxRows);
        var table = SharedMemory.Allocate<int>(PieceBlocks);

        var segment = arguments.Segments[firstSegment + Grid.IdxZ];
        int kvHead = Grid.IdxX % cache.KvHeads;
        int firstRow = Grid.IdxX / cache.KvHeads * maxRows;
        int rows = IntrinsicMath.Min(maxRows, (segment.Tokens * arguments.HeadsPerKvHead) - firstRow);
        int firstKey = arguments.FirstKey(segment.Position + (firstRow / arguments.HeadsPerKvHead));
        int lastKey = segment.Position + ((firstRow + rows - 1) / arguments.HeadsPerKvHead);
        int firstPiece = IntrinsicMath.Max(firstKey / PieceTokens, Grid.IdxY * piecesPerSplit);
        int endPiece = IntrinsicMath.Min((lastKey / PieceTokens) + 1, (Grid.IdxY + 1) * piecesPerSplit);

        LoadQueries(arguments, segment, kvHead, firstRow, rows, maxRows, cache.QueryDim, query.Cast<float>());
        if (cache.IsRounded)
        {
            KvRounding.Turn(query.Cast<float>(), maxRows, cache.HeadDimK, cache.QueryDim, Threads);
        }

        for (int i = Group.IdxX; i < maxRows * cache.HeadDimV; i += Threads)
        {
            result[i] = 0;
        }

        if (Group.IdxX < maxRows)
        {
            states[Group.IdxX] = new RowState { Max = float.NegativeInfinity };
        }

        Group.Barrier();
        for (int piece = firstPiece; piece < endPiece; piece++)
        {
            int start = piece * PieceTokens;
            if (Group.IdxX < PieceBlocks && start + (Group.IdxX * KvBlockLayout.BlockSize) <= lastKey)
            {
                table[Group.IdxX] = arguments.Tables[segment.Table + (start / KvBlockLayout.BlockSize) + Group.IdxX];
            }

            Group.Barrier();
            Score<TSums>(arguments, cache, segment, kvHead, start, firstKey, lastKey, firstRow, rows, table, query, exchange, scores.Cast<float>());
            Weigh(maxRows, scores.Cast<float>(), partial, states);
            Accumulate<TSums>(cache, kvHead, start, firstKey, lastKey, rows, table, scores, exchange, states, result);
        }

        Store(arguments, segment, kvHead, firstRow, rows, cache.HeadDimV, result, states, parts);
    }

    private static void LoadQueries(AttentionArguments arguments, AttentionSegment segment, int kvHead, int firstRow, int rows, int maxRows, int headDim, ArrayView<float> query)
    {
        for (int row = 0; row < maxRows; row++)
        {
            int token = (firstRow + row) / arguments.HeadsPerKvHead;
            int head = (kvHead * arguments.HeadsPerKvHead) + ((firstRow + row) % arguments.HeadsPerKvHead);
            long from = ((long)(segment.FirstRow + token) * arguments.QueryStride) + (head * headDim);
            for (int i = Group.IdxX; i < headDim; i += Threads)
            {
                query[(row * headDim) + i] = row < rows ? arguments.Query[from + i] : 0;
            }
        }
    }

    /// <summary>Scores of a piece, -infinity where a row does not see the key.</summary>
    private static void Score<TSums>(AttentionArguments arguments, KvView cache, AttentionSegment segment, int kvHead, int start, int firstKey, int lastKey, int firstRow, int rows, ArrayView<int> table, ArrayView<Float4> query, ArrayView<Float4> exchange, ArrayView<float> scores)
        where TSums : struct, IRowSums<TSums>
    {
        int quad = Group.IdxX % BlockQuads;
        int slice = Group.IdxX / BlockQuads % Slices;
        int blockInPiece = Group.IdxX / (BlockQuads * Slices);
        int key = start + (blockInPiece * KvBlockLayout.BlockSize) + (quad * 4);
        var sums = default(TSums);
        if (key <= lastKey && key + 3 >= firstKey)
        {
            long head = cache.Keys(table[blockInPiece], kvHead);
            var scales = cache.KeyScales(head, quad);
            long keys = (head / 4) + quad;
            int stored = cache.HeadDimK / 4;
            int quadsK = cache.QueryDim / 4;
            for (int d = slice; d < stored; d += Slices)
            {
                long at = keys + (d * 4 * BlockQuads);
                sums.Add(query, d, quadsK, cache.KeyQuad(at, scales), cache.KeyQuad(at + BlockQuads, scales), cache.KeyQuad(at + (2 * BlockQuads), scales), cache.KeyQuad(at + (3 * BlockQuads), scales));
            }

            int quadsV = cache.HeadDimV / 4;
            long valueHead = cache.Values(table[blockInPiece], kvHead);
            var valueScales = cache.ValueScales(valueHead, quad);
            long values = (valueHead / 4) + (quad * 4 * quadsV);
            for (int d = stored + slice; d < quadsK; d += Slices)
            {
                // Four dimensions of four tokens' values become four tokens of four dimensions.
                long at = values + d - stored;
                var v0 = cache.ValueQuad(at, valueScales.A);
                var v1 = cache.ValueQuad(at + quadsV, valueScales.B);
                var v2 = cache.ValueQuad(at + (2 * quadsV), valueScales.C);
                var v3 = cache.ValueQuad(at + (3 * quadsV), valueScales.D);
                sums.Add(query, d, quadsK, new Float4(v0.A, v1.A, v2.A, v3.A), new Float4(v0.B, v1.B, v2.B, v3.B), new Float4(v0.C, v1.C, v2.C, v3.C), new Float4(v0.D, v1.D, v2.D, v3.D));
            }
        }

        int mine = start + Group.IdxX;
        var slices = exchange.Cast<float>();
        for (int row = 0; row < sums.Rows; row++)
        {
            exchange[(slice * PieceQuads) + (blockInPiece * BlockQuads) + quad] = sums.Get(row);
            Group.Barrier();
            float score = 0;
            for (int i = 0; i < Slices; i++)
            {
                score += slices[(i * PieceTokens) + Group.IdxX];
            }

            score *= arguments.Scale;
            if (arguments.Softcap > 0)
            {
                score = arguments.Softcap * XMath.Tanh(score / arguments.Softcap);
            }

            int position = segment.Position + ((firstRow + row) / arguments.HeadsPerKvHead);
            bool visible = row < rows && mine <= position && mine >= arguments.FirstKey(position);
            scores[(row * PieceTokens) + Group.IdxX] = visible ? score : float.NegativeInfinity;
            Group.Barrier();
        }
    }

    /// <summary>Scores become weights relative to the running maximum; all rows at a time, with 256 / rows threads each. A barrier must follow before states are read.</summary>
    private static void Weigh(int maxRows, ArrayView<float> scores, ArrayView<float> partial, ArrayView<RowState> states)
    {
        int threads = Threads / maxRows;
        int row = Group.IdxX / threads;
        int lane = Group.IdxX % threads;
        int first = row * PieceTokens;
        float max = float.NegativeInfinity;
        for (int i = lane; i < PieceTokens; i += threads)
        {
            max = IntrinsicMath.Max(max, scores[first + i]);
        }

        partial[Group.IdxX] = max;
        Group.Barrier();
        for (int half = threads / 2; half > 0; half /= 2)
        {
            if (lane < half)
            {
                partial[Group.IdxX] = IntrinsicMath.Max(partial[Group.IdxX], partial[Group.IdxX + half]);
            }

            Group.Barrier();
        }

        var state = states[row];
        max = IntrinsicMath.Max(state.Max, partial[row * threads]);
        // A row that has seen no key yet: subtracting 0 keeps its weights at 0 instead of NaN.
        float shift = max == float.NegativeInfinity ? 0 : max;
        float sum = 0;
        for (int i = lane; i < PieceTokens; i += threads)
        {
            float weight = XMath.Exp(scores[first + i] - shift);
            scores[first + i] = weight;
            sum += weight;
        }

        Group.Barrier();
        partial[Group.IdxX] = sum;
        Group.Barrier();
        for (int half = threads / 2; half > 0; half /= 2)
        {
            if (lane < half)
            {
                partial[Group.IdxX] += partial[Group.IdxX + half];
            }

            Group.Barrier();
        }

        if (lane == 0)
        {
            float correction = XMath.Exp(state.Max - shift);
            states[row] = new RowState { Max = max, Sum = (state.Sum * correction) + partial[row * threads], Correction = correction };
        }
    }

    /// <summary>Adds a piece's weighted values to the result.</summary>
    private static void Accumulate<TSums>(KvView cache, int kvHead, int start, int firstKey, int lastKey, int rows, ArrayView<int> table, ArrayView<Float4> weights, ArrayView<Float4> exchange, ArrayView<RowState> states, ArrayView<float> result)
        where TSums : struct, IRowSums<TSums>
    {
        int quadsV = cache.HeadDimV / 4;
        int slices = Threads / quadsV;
        int slice = Group.IdxX / quadsV;
        int quad = Group.IdxX % quadsV;
        var sums = default(TSums);
        for (int four = slice; slice < slices && four < PieceQuads; four += slices)
        {
            int key = start + (four * 4);
            if (key <= lastKey && key + 3 >= firstKey)
            {
                long head = cache.Values(table[four / BlockQuads], kvHead);
                var scales = cache.ValueScales(head, four % BlockQuads);
                long values = (head / 4) + (key % KvBlockLayout.BlockSize * quadsV) + quad;
                // A slot that was never written may hold NaN, which no weight of 0 makes harmless.
                sums.Add(
                    weights,
                    four,
                    PieceQuads,
                    cache.ValueQuad(values, scales.A),
                    key + 1 <= lastKey ? cache.ValueQuad(values + quadsV, scales.B) : default,
                    key + 2 <= lastKey ? cache.ValueQuad(values + (2 * quadsV), scales.C) : default,
                    key + 3 <= lastKey ? cache.ValueQuad(values + (3 * quadsV), scales.D) : default);
            }
        }

        var parts = exchange.Cast<float>();
        for (int row = 0; row < rows; row++)
        {
            exchange[Group.IdxX] = sums.Get(row);
            Group.Barrier();
            for (int i = Group.IdxX; i < cache.HeadDimV; i += Threads)
            {
                float sum = result[(row * cache.HeadDimV) + i] * states[row].Correction;
                for (int part = 0; part < slices; part++)
                {
                    sum += parts[(part * cache.HeadDimV) + i];
                }

                result[(row * cache.HeadDimV) + i] = sum;
            }

            Group.Barrier();
        }
    }

    private static void Store(AttentionArguments arguments, AttentionSegment segment, int kvHead, int firstRow, int rows, int headDim, ArrayView<float> result, ArrayView<RowState> states, ArrayView<float> parts)
    {
        for (int row = 0; row < rows; row++)
        {
            int token = (firstRow + row) / arguments.HeadsPerKvHead;
            int head = (kvHead * arguments.HeadsPerKvHead) + ((firstRow + row) % arguments.HeadsPerKvHead);
            var state = states[row];
            if (Grid.DimY == 1)
            {
                long to = ((long)(segment.FirstRow + token) * arguments.OutputStride) + (head * headDim);
                float scale = state.Sum == 0 ? 0 : 1 / state.Sum;
                for (int i = Group.IdxX; i < headDim; i += Threads)
                {
                    arguments.Output[to + i] = result[(row * headDim) + i] * scale;
                }
            }
            else
            {
                long to = ((((long)Grid.IdxZ * arguments.Heads) + head) * Grid.DimY) + Grid.IdxY;
                long statesStart = (long)Grid.DimZ * arguments.Heads * Grid.DimY * headDim;
                for (int i = Group.IdxX; i < headDim; i += Threads)
                {
                    parts[(to * headDim) + i] = result[(row * headDim) + i];
                }

                if (Group.IdxX == 0)
                {
                    parts[statesStart + (to * AttentionMergeKernel.StateFloats)] = state.Max;
                    parts[statesStart + (to * AttentionMergeKernel.StateFloats) + 1] = state.Sum;
                }
            }
        }
    }

    /// <summary>What is known of a row's softmax so far.</summary>
    private struct RowState
    {
        /// <summary>Largest score.</summary>
        public float Max;

        /// <summary>Sum of the weights, relative to the maximum.</summary>
        public float Sum;

        /// <summary>Factor on what was summed before the current piece.</summary>
        public float Correction;
    }
}
