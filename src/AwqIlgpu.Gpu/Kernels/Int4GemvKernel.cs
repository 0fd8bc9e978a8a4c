using AwqIlgpu.Kernels;
using ILGPU;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Product of one to eight tokens' activations with packed int4 weights.</summary>
/// <remarks>
/// <para>Math: <c>y[t,r] = sum_k x[t,k] * (q[r,k] - zeroPoint[r,b]) * scale[r,b] + bias[r]</c>, b the block of column k.</para>
/// <para>Shapes: x is [tokens, k], y is [tokens, n], the weights are [n, k] in panels of 16 rows, see <see cref="Int4View"/>.</para>
/// <para>Types: float activations and sums; a block is summed before its scale is applied. The definition is <see cref="Int4Matrix.Dequantize"/> times x.</para>
/// <para>
/// Launch: 256 threads for 128 rows and a part of k. 32 threads own a panel: each takes four rows of one of eight blocks, so a scale is read once.
/// Parts of k are summed by <see cref="SplitSumKernel"/> in ascending order; how many there are depends on the shape alone, not on device or tokens.
/// </para>
/// <para>Limit: memory; 4.25 bits per weight (groups of 128, 16-bit scales), x adds 1/16 of that per token and comes from the second-level cache.</para>
/// <para>Source: weights streamed in order of the lanes as in Marlin, arXiv:2408.11743.</para>
/// </remarks>
internal sealed class Int4GemvKernel
{
    /// <summary>Most tokens of a launch.</summary>
    public const int MaxTokens = 8;

    /// <summary>Threads of a group.</summary>
    public const int Threads = 256;

    private const int PanelThreads = 32;
    private const int GroupPanels = Threads / PanelThreads;

    // Blocks that a panel's threads work on at a time.
    private const int Slots = 8;

    // Floats between the slots' activations, so that their loads use different banks.
    private const int Padding = 4;

    // Words between the panels' sums, for the same reason.
    private const int ExchangeStride = PanelThreads + 4;

    // Enough to fill a large GPU; more parts would only add traffic.
    private const int WantedGroups = 256;

    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, int, Int4View, int, LinearOutput> _one;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, int, Int4View, int, LinearOutput> _two;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, int, Int4View, int, LinearOutput> _four;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, int, Int4View, int, LinearOutput> _eight;
    private readonly SplitSumKernel _splitSum;

    /// <summary>Compiles the kernel once for <paramref name="accelerator"/>.</summary>
    public Int4GemvKernel(Accelerator accelerator)
    {
        _one = accelerator.LoadKernel<ArrayView<float>, int, int, Int4View, int, LinearOutput>(PanelPerWarp<OneRow>);
        _two = accelerator.LoadKernel<ArrayView<float>, int, int, Int4View, int, LinearOutput>(PanelPerWarp<TwiceRows<OneRow>>);
        _four = accelerator.LoadKernel<ArrayView<float>, int, int, Int4View, int, LinearOutput>(PanelPerWarp<TwiceRows<TwiceRows<OneRow>>>);
        _eight = accelerator.LoadKernel<ArrayView<float>, int, int, Int4View, int, LinearOutput>(PanelPerWarp<TwiceRows<TwiceRows<TwiceRows<OneRow>>>>);
        _splitSum = new SplitSumKernel(accelerator);
    }

    /// <summary>Floats of workspace that a matrix needs.</summary>
    public static long WorkspaceFloats(Int4Shape shape) => Splits(shape.Panels, shape.Blocks) is > 1 and var splits ? (long)splits * MaxTokens * shape.OutFeatures : 0;

    /// <summary>Queues the kernel on <paramref name="stream"/>; allocates nothing and does not wait.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="x">Activations, [tokens, k].</param>
    /// <param name="xStride">Floats from one token of x to the next.</param>
    /// <param name="tokens">1 to <see cref="MaxTokens"/>.</param>
    /// <param name="weights">[n, k].</param>
    /// <param name="y">Result, [tokens, n]; does not overlap x.</param>
    /// <param name="workspace">At least <see cref="WorkspaceFloats"/>.</param>
    public void Run(AcceleratorStream stream, ArrayView<float> x, int xStride, int tokens, Int4View weights, LinearOutput y, ArrayView<float> workspace)
    {
        int splits = Splits(weights.Panels, weights.Blocks);
        RunSplits(stream, x, xStride, tokens, weights, splits == 1 ? y : new LinearOutput(workspace, weights.Rows, default, false));
        if (splits > 1)
        {
            _splitSum.Run(stream, workspace, splits, tokens, weights.Rows, y);
        }
    }

    /// <summary>Queues the products of the parts of k, without their sum; parameters as in <see cref="Run"/>.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="x">Activations.</param>
    /// <param name="xStride">Floats from one token of x to the next.</param>
    /// <param name="tokens">1 to <see cref="MaxTokens"/>.</param>
    /// <param name="weights">[n, k].</param>
    /// <param name="parts">Result, [splits, tokens, n].</param>
    public void RunSplits(AcceleratorStream stream, ArrayView<float> x, int xStride, int tokens, Int4View weights, LinearOutput parts)
    {
        int splits = Splits(weights.Panels, weights.Blocks);
        int blocksPerSplit = (Chunks(weights.Blocks) + splits - 1) / splits * Slots;
        var (kernel, rows) = tokens switch { 1 => (_one, 1), 2 => (_two, 2), <= 4 => (_four, 4), _ => (_eight, 8) };
        kernel(stream, new KernelConfig(new Index3D(Groups(weights.Panels), splits, 1), new Index3D(Threads, 1, 1), Shared(rows, weights.BlockSize)), x, xStride, tokens, weights, blocksPerSplit, parts);
    }

    /// <summary>Groups that pass over all rows once.</summary>
    public static int Groups(int panels) => (panels + GroupPanels - 1) / GroupPanels;

    private static int Chunks(int blocks) => (blocks + Slots - 1) / Slots;

    // Rounded so that no split is left without a chunk.
    private static int Splits(int panels, int blocks)
    {
        int chunks = Chunks(blocks);
        int wanted = Math.Clamp(WantedGroups / Groups(panels), 1, chunks);
        int perSplit = (chunks + wanted - 1) / wanted;
        return (chunks + perSplit - 1) / perSplit;
    }

    /// <summary>Shared memory for some tokens.</summary>
    public static SharedMemoryConfig Shared(int tokens, int blockSize) => SharedMemoryConfig.RequestDynamic<float>(tokens * Slots * (blockSize + Padding));

    /// <summary>The kernel, which others of as many threads call too: rows by <c>Grid.IdxX</c>, part of k by <c>Grid.IdxY</c>.</summary>
    public static void PanelPerWarp<TSums>(ArrayView<float> x, int xStride, int tokens, Int4View weights, int blocksPerSplit, LinearOutput y)
        where TSums : struct, IRowSums<TSums>
    {
        var staged = SharedMemory.GetDynamic<Float4>();
        var exchange = SharedMemory.Allocate<Float4>(GroupPanels * ExchangeStride);
        int lane = Group.IdxX % PanelThreads;
        int slot = lane / 4;
        int quad = lane % 4;
        int panelInGroup = Group.IdxX / PanelThreads;
        int panel = (Grid.IdxX * GroupPanels) + panelInGroup;
        int slotStride = (weights.BlockSize + Padding) / 4;
        int tokenStride = Slots * slotStride;
        int octs = weights.BlockSize / 8;
        int firstBlock = Grid.IdxY * blocksPerSplit;
        int endBlock = IntrinsicMath.Min(weights.Blocks, firstBlock + blocksPerSplit);
        var total = default(TSums);
        for (int start = firstBlock; start < endBlock; start += Slots)
        {
            Stage(x, xStride, tokens, total.Rows, start, weights.BlockSize, weights.Columns, staged.Cast<float>());
            Group.Barrier();
            int block = start + slot;
            if (panel < weights.Panels && block < endBlock)
            {
                var sums = default(TSums);
                var offsets = Int4Bits.Offsets(weights.ZeroPoints[(((panel * weights.Blocks) + block) * 4) + quad]);
                int word = (((panel * weights.Columns / 8) + (block * octs)) * 4) + quad;
                int factors = slot * slotStride;
                for (int oct = 0; oct < octs; oct++)
                {
                    // Columns 0..3 are the low nibbles of the bytes, 4..7 the high ones.
                    var words = weights.Weights[word];
                    sums.Add(staged, factors, tokenStride, Int4Bits.Column(words, 0, offsets), Int4Bits.Column(words, 8, offsets), Int4Bits.Column(words, 16, offsets), Int4Bits.Column(words, 24, offsets));
                    sums.Add(staged, factors + 1, tokenStride, Int4Bits.Column(words, 4, offsets), Int4Bits.Column(words, 12, offsets), Int4Bits.Column(words, 20, offsets), Int4Bits.Column(words, 28, offsets));
                    word += 4;
                    factors += 2;
                }

                total.AddScaled(sums, weights.QuadScales(panel, block, quad));
            }

            Group.Barrier();
        }

        for (int token = 0; token < tokens; token++)
        {
            exchange[(panelInGroup * ExchangeStride) + lane] = total.Get(token);
            Group.Barrier();
            int row = (Grid.IdxX * GroupPanels * Int4Shape.PanelRows) + Group.IdxX;
            if (Group.IdxX < GroupPanels * Int4Shape.PanelRows && row < weights.Rows)
            {
                // Row r of a panel is element r % 4 of quad r / 4: element r of each slot's 16.
                var sums = exchange.Cast<float>();
                int first = (Group.IdxX / Int4Shape.PanelRows * ExchangeStride * 4) + (Group.IdxX % Int4Shape.PanelRows);
                float sum = 0;
                for (int i = 0; i < Slots; i++)
                {
                    sum += sums[first + (i * Int4Shape.PanelRows)];
                }

                y.Store((Grid.IdxY * tokens) + token, row, sum);
            }

            Group.Barrier();
        }
    }

    /// <summary>Copies the activations of eight blocks to shared memory; tokens and columns that are not there become 0.</summary>
    private static void Stage(ArrayView<float> x, int xStride, int tokens, int rows, int firstBlock, int blockSize, int columns, ArrayView<float> staged)
    {
        int count = Slots * blockSize;
        int first = firstBlock * blockSize;
        for (int token = 0; token < rows; token++)
        {
            for (int i = Group.IdxX; i < count; i += Threads)
            {
                int column = first + i;
                bool exists = token < tokens && column < columns;
                staged[(token * Slots * (blockSize + Padding)) + (i / blockSize * (blockSize + Padding)) + (i % blockSize)] = exists ? x[((long)token * xStride) + column] : 0;
            }
        }
    }
}
