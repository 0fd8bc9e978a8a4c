using AwqIlgpu.Kernels;
using ILGPU;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Turns query and key heads by their token's position, and stores keys and values in the cache, in one launch; the definition is <see cref="Rope.Reference"/>.</summary>
/// <remarks>
/// <para>Math: <c>(a, b) -> (a cos - b sin, b cos + a sin)</c>; elements of a head beyond the rotary dimension stay as they are.</para>
/// <para>Shapes: x is [tokens, heads * headDim]; cos and sin are [tokens, pairs]; slots is [tokens], the place of each token in the cache.</para>
/// <para>Types: float; the cache's type for what is stored.</para>
/// <para>Launch: 128 threads for a head of a token. A head is in registers before any of it is written, so its elements may change places.</para>
/// <para>Limit: memory; keys of one token lie 32 elements apart in the cache, so that attention reads them together.</para>
/// <para>Source: Su et al., 2021, arXiv:2104.09864; PagedAttention, arXiv:2309.06180.</para>
/// </remarks>
internal sealed class RopeKernel
{
    private const int Threads = 128;

    private readonly Action<AcceleratorStream, KernelConfig, RopeArguments, ArrayView<float>, int, int> _rotate;
    private readonly Action<AcceleratorStream, KernelConfig, RopeArguments, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, ArrayView<int>, KvView> _rotateAndStore;

    /// <summary>Compiles the kernels once for <paramref name="accelerator"/>.</summary>
    public RopeKernel(Accelerator accelerator)
    {
        _rotate = accelerator.LoadKernel<RopeArguments, ArrayView<float>, int, int>(Rotate);
        _rotateAndStore = accelerator.LoadKernel<RopeArguments, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, ArrayView<int>, KvView>(RotateAndStore);
    }

    /// <summary>Queues the turning of all heads of x in place.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="rope">Table and style.</param>
    /// <param name="x">[tokens, heads * headDim].</param>
    /// <param name="stride">Floats from one token to the next.</param>
    /// <param name="tokens">Tokens to do.</param>
    /// <param name="heads">Heads to do.</param>
    /// <param name="headDim">Elements of a head.</param>
    public void Run(AcceleratorStream stream, RopeArguments rope, ArrayView<float> x, int stride, int tokens, int heads, int headDim) =>
        _rotate(stream, new KernelConfig(new Index3D(tokens, heads, 1), new Index3D(Threads, 1, 1)), rope, x, stride, headDim);

    /// <summary>Queues the turning of queries and keys, and the storing of keys and values.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="rope">Table and style; no pairs where only storing is wanted.</param>
    /// <param name="query">[tokens, heads * headDimK], turned in place.</param>
    /// <param name="keys">[tokens, kvHeads * headDimK]; stays as it is.</param>
    /// <param name="values">[tokens, kvHeads * headDimV].</param>
    /// <param name="stride">Floats from one token of each to the next.</param>
    /// <param name="tokens">Tokens to do.</param>
    /// <param name="heads">Query heads; 0 where queries are turned elsewhere.</param>
    /// <param name="slots">block * BlockSize + offset of each token.</param>
    /// <param name="cache">The layer's blocks.</param>
    public void RunAndStore(AcceleratorStream stream, RopeArguments rope, ArrayView<float> query, ArrayView<float> keys, ArrayView<float> values, int stride, int tokens, int heads, ArrayView<int> slots, KvView cache) =>
        _rotateAndStore(stream, new KernelConfig(new Index3D(tokens, heads + (2 * cache.KvHeads), 1), new Index3D(Threads, 1, 1)), rope, query, keys, values, stride, heads, slots, cache);

    private static void Rotate(RopeArguments rope, ArrayView<float> x, int stride, int headDim) =>
        RotateHead(rope, x, ((long)Grid.IdxX * stride) + (Grid.IdxY * headDim));

    private static void RotateAndStore(RopeArguments rope, ArrayView<float> query, ArrayView<float> keys, ArrayView<float> values, int stride, int heads, ArrayView<int> slots, KvView cache)
    {
        long token = (long)Grid.IdxX * stride;
        int head = Grid.IdxY;
        if (head < heads)
        {
            RotateHead(rope, query, token + (head * cache.HeadDimK));
            return;
        }

        head -= heads;
        int block = slots[Grid.IdxX] / KvBlockLayout.BlockSize;
        int offset = slots[Grid.IdxX] % KvBlockLayout.BlockSize;
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
