using AwqIlgpu.Kernels;
using ILGPU;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Turns query and key heads by their token's position, and stores keys and values in the cache, in one launch; the definition is <see cref="Rope.Reference"/>.</summary>
/// <remarks>
/// <para>Math: <c>(a, b) -> (a cos - b sin, b cos + a sin)</c>; elements of a head beyond the rotary dimension stay as they are.</para>
/// <para>Shapes: x is [tokens, heads * headDim]; cos and sin are [tokens, pairs]; slots is [tokens], the place of each token in the cache.</para>
/// <para>Types: float; the cache's type for what is stored, int8 by <see cref="KvRounding"/>.</para>
/// <para>Launch: 128 threads for a head of a token. A query head is in registers before any of it is written, so its elements may change places.</para>
/// <para>Limit: memory; keys of one token lie 32 elements apart in the cache, so that attention reads them together.</para>
/// <para>Source: Su et al., 2021, arXiv:2104.09864; PagedAttention, arXiv:2309.06180.</para>
/// </remarks>
internal sealed class RopeKernel
{
    private const int Threads = 128;

    private readonly Action<AcceleratorStream, KernelConfig, RopeArguments, Queries, ArrayView<float>, ArrayView<float>, int, ArrayView<int>, KvView> _rotateAndStore;
    private readonly Action<AcceleratorStream, KernelConfig, RopeArguments, Queries, ArrayView<float>, ArrayView<float>, int, ArrayView<int>, KvView> _rotateAndRound;

    /// <summary>Compiles the kernels once for <paramref name="accelerator"/>.</summary>
    public RopeKernel(Accelerator accelerator)
    {
        _rotateAndStore = accelerator.LoadKernel<RopeArguments, Queries, ArrayView<float>, ArrayView<float>, int, ArrayView<int>, KvView>(RotateAndStore);
        _rotateAndRound = accelerator.LoadKernel<RopeArguments, Queries, ArrayView<float>, ArrayView<float>, int, ArrayView<int>, KvView>(RotateAndRound);
    }

    /// <summary>Queues the turning of queries and keys, and the storing of keys and values.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="rope">Table and style; no pairs where nothing is turned.</param>
    /// <param name="queries">Turned in place.</param>
    /// <param name="keys">[tokens, kvHeads * headDimK]; stays as it is.</param>
    /// <param name="values">[tokens, kvHeads * headDimV].</param>
    /// <param name="stride">Floats from one token of keys and of values to the next.</param>
    /// <param name="tokens">Tokens to do.</param>
    /// <param name="slots">block * BlockSize + offset of each token.</param>
    /// <param name="cache">The layer's blocks.</param>
    public void Run(AcceleratorStream stream, RopeArguments rope, Queries queries, ArrayView<float> keys, ArrayView<float> values, int stride, int tokens, ArrayView<int> slots, KvView cache)
    {
        var grid = new Index3D(tokens, queries.Heads + (2 * cache.KvHeads), 1);
        var group = new Index3D(Threads, 1, 1);
        if (cache.IsRounded)
        {
            var head = SharedMemoryConfig.RequestDynamic<float>(Math.Max(cache.HeadDimK, cache.HeadDimV));
            _rotateAndRound(stream, new KernelConfig(grid, group, head), rope, queries, keys, values, stride, slots, cache);
        }
        else
        {
            _rotateAndStore(stream, new KernelConfig(grid, group), rope, queries, keys, values, stride, slots, cache);
        }
    }

    private static void RotateAndStore(RopeArguments rope, Queries queries, ArrayView<float> keys, ArrayView<float> values, int stride, ArrayView<int> slots, KvView cache)
    {
        if (Grid.IdxY < queries.Heads)
        {
            RotateHead(rope, queries.X, queries.Start(Grid.IdxX, Grid.IdxY));
            return;
        }

        int head = Grid.IdxY - queries.Heads;
        int block = slots[Grid.IdxX] / KvBlockLayout.BlockSize;
        int offset = slots[Grid.IdxX] % KvBlockLayout.BlockSize;
        long token = (long)Grid.IdxX * stride;
        if (head < cache.KvHeads)
        {
            StoreKey(rope, keys, token + (head * cache.HeadDimK), cache, cache.Keys(block, head) + offset);
            return;
        }

        head -= cache.KvHeads;
        long to = cache.Values(block, head) + (offset * cache.HeadDimV);
        for (int i = Group.IdxX; i < cache.HeadDimV; i += Threads)
        {
            cache.Store(to + i, values[token + (head * cache.HeadDimV) + i]);
        }
    }

    private static void RotateAndRound(RopeArguments rope, Queries queries, ArrayView<float> keys, ArrayView<float> values, int stride, ArrayView<int> slots, KvView cache)
    {
        var whole = SharedMemory.GetDynamic<float>();
        var partial = SharedMemory.Allocate<float>(Threads);
        if (Grid.IdxY < queries.Heads)
        {
            RotateHead(rope, queries.X, queries.Start(Grid.IdxX, Grid.IdxY));
            return;
        }

        int head = Grid.IdxY - queries.Heads;
        int block = slots[Grid.IdxX] / KvBlockLayout.BlockSize;
        int offset = slots[Grid.IdxX] % KvBlockLayout.BlockSize;
        long token = (long)Grid.IdxX * stride;
        if (head < cache.KvHeads)
        {
            LoadKey(rope, keys, token + (head * cache.HeadDimK), cache.HeadDimK, whole);
            KvRounding.Turn(whole, 1, cache.HeadDimK, cache.HeadDimK, Threads);
            long to = cache.Keys(block, head);
            StoreRounded(cache, whole, cache.HeadDimK, partial, to + offset, KvBlockLayout.BlockSize, to + (cache.HeadDimK * KvBlockLayout.BlockSize) + (2 * offset), 2 * KvBlockLayout.BlockSize);
        }
        else
        {
            head -= cache.KvHeads;
            for (int i = Group.IdxX; i < cache.HeadDimV; i += Threads)
            {
                whole[i] = values[token + (head * cache.HeadDimV) + i];
            }

            long to = cache.Values(block, head);
            StoreRounded(cache, whole, cache.HeadDimV, partial, to + (offset * cache.HeadDimV), 1, to + (cache.HeadDimV * KvBlockLayout.BlockSize) + (4 * offset), 2);
        }
    }

    // Places in bytes; the zero point stands some bytes behind the scale.
    private static void StoreRounded(KvView cache, ArrayView<float> head, int headDim, ArrayView<float> partial, long to, int step, long scaleTo, int zeroAfter)
    {
        var scale = KvRounding.Scale(head, headDim, partial, Threads);
        var bytes = cache.Words.Cast<byte>();
        for (int i = Group.IdxX; i < headDim; i += Threads)
        {
            bytes[to + (i * step)] = scale.Level(head[i]);
        }

        if (Group.IdxX == 0)
        {
            var halves = cache.Words.Cast<ushort>();
            halves[scaleTo / 2] = scale.ScaleBits;
            halves[(scaleTo + zeroAfter) / 2] = scale.ZeroBits;
        }
    }

    private static void RotateHead(RopeArguments rope, ArrayView<float> x, long start)
    {
        // At most 256 pairs: two for each thread.
        int first = Group.IdxX;
        int second = Group.IdxX + Threads;
        var pair0 = first < rope.Pairs ? rope.Turn(x, start, Grid.IdxX, first) : default;
        var pair1 = second < rope.Pairs ? rope.Turn(x, start, Grid.IdxX, second) : default;
        Group.Barrier();
        if (first < rope.Pairs)
        {
            x[start + rope.FirstTarget(first)] = pair0.A;
            x[start + rope.SecondTarget(first)] = pair0.B;
        }

        if (second < rope.Pairs)
        {
            x[start + rope.FirstTarget(second)] = pair1.A;
            x[start + rope.SecondTarget(second)] = pair1.B;
        }
    }

    private static void StoreKey(RopeArguments rope, ArrayView<float> keys, long start, KvView cache, long to)
    {
        for (int pair = Group.IdxX; pair < rope.Pairs; pair += Threads)
        {
            var turned = rope.Turn(keys, start, Grid.IdxX, pair);
            cache.Store(to + ((long)rope.FirstTarget(pair) * KvBlockLayout.BlockSize), turned.A);
            cache.Store(to + ((long)rope.SecondTarget(pair) * KvBlockLayout.BlockSize), turned.B);
        }

        for (int i = (2 * rope.Pairs) + Group.IdxX; i < cache.HeadDimK; i += Threads)
        {
            cache.Store(to + ((long)i * KvBlockLayout.BlockSize), keys[start + i]);
        }
    }

    private static void LoadKey(RopeArguments rope, ArrayView<float> keys, long start, int headDim, ArrayView<float> head)
    {
        for (int pair = Group.IdxX; pair < rope.Pairs; pair += Threads)
        {
            var turned = rope.Turn(keys, start, Grid.IdxX, pair);
            head[rope.FirstTarget(pair)] = turned.A;
            head[rope.SecondTarget(pair)] = turned.B;
        }

        for (int i = (2 * rope.Pairs) + Group.IdxX; i < headDim; i += Threads)
        {
            head[i] = keys[start + i];
        }
    }
}

/// <summary>The query heads of a batch's tokens.</summary>
/// <param name="x">[tokens, heads * headDim].</param>
/// <param name="stride">Floats from one token to the next.</param>
/// <param name="heads">Heads; 0 where none are turned.</param>
/// <param name="headDim">Elements of a head.</param>
internal readonly struct Queries(ArrayView<float> x, int stride, int heads, int headDim)
{
    private readonly int _stride = stride;
    private readonly int _headDim = headDim;

    /// <summary>All of them.</summary>
    public ArrayView<float> X { get; } = x;

    /// <summary>Heads of a token.</summary>
    public int Heads { get; } = heads;

    /// <summary>First element of a head.</summary>
    public long Start(int token, int head) => ((long)token * _stride) + (head * _headDim);
}

/// <summary>Cosines and sines of a batch's tokens, and which elements make a pair.</summary>
/// <param name="style">A <see cref="RopeStyle"/>.</param>
/// <param name="cos">[tokens, pairs].</param>
/// <param name="sin">[tokens, pairs].</param>
/// <param name="pairs">Half the rotary dimension, at most 256; 0 turns nothing.</param>
internal readonly struct RopeArguments(RopeStyle style, ArrayView<float> cos, ArrayView<float> sin, int pairs)
{
    private readonly int _readsNeighbours = style == RopeStyle.Half ? 0 : 1;
    private readonly int _writesNeighbours = style == RopeStyle.Interleaved ? 1 : 0;
    private readonly ArrayView<float> _cos = cos;
    private readonly ArrayView<float> _sin = sin;

    /// <summary>Half the rotary dimension.</summary>
    public int Pairs { get; } = pairs;

    /// <summary>One pair after turning.</summary>
    public Pair Turn(ArrayView<float> x, long start, int token, int pair)
    {
        float a = x[start + (_readsNeighbours != 0 ? 2 * pair : pair)];
        float b = x[start + (_readsNeighbours != 0 ? (2 * pair) + 1 : pair + Pairs)];
        float cosine = _cos[((long)token * Pairs) + pair];
        float sine = _sin[((long)token * Pairs) + pair];
        return new Pair { A = (a * cosine) - (b * sine), B = (b * cosine) + (a * sine) };
    }

    /// <summary>Where the first element of a turned pair goes.</summary>
    public int FirstTarget(int pair) => _writesNeighbours != 0 ? 2 * pair : pair;

    /// <summary>Where the second goes.</summary>
    public int SecondTarget(int pair) => _writesNeighbours != 0 ? (2 * pair) + 1 : pair + Pairs;

    /// <summary>Two elements that turn together.</summary>
    internal struct Pair
    {
        public float A;
        public float B;
    }
}
