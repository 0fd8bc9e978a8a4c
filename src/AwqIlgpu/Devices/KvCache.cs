using AwqIlgpu.Kernels;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;

namespace AwqIlgpu.Devices;

/// <summary>The keys and values of all layers: a pool of blocks for each. Layers that keep equally many blocks of a sequence are a class, and share block tables.</summary>
/// <remarks>
/// A layer with a window keeps a ring of blocks, as long as what the queries of one chunk can see: the chunk and the window before it, and a block more where
/// they do not begin with one. A position's block is the same in every chunk, so results do not depend on the ring.
/// </remarks>
internal sealed unsafe class KvCache
{
    private readonly KvBlockLayout[] _layouts;
    private readonly int[] _classes;

    /// <param name="config">The decoder.</param>
    /// <param name="settings">The settings that the plan is for.</param>
    public KvCache(DecoderConfig config, MemorySettings settings)
    {
        _layouts = Array.ConvertAll(config.Layers, layer => Layout(layer.Attention, settings.Kv));
        int[] most = Array.ConvertAll(config.Layers, layer => BlocksPerSequence(layer.Attention.Window, settings));
        int[] rings = [.. most.Distinct()];
        _classes = Array.ConvertAll(most, blocks => Array.IndexOf(rings, blocks));
        Classes = Array.ConvertAll(rings, blocks => new KvBlockClass(checked(settings.Batch * blocks), _layouts.Where((_, layer) => most[layer] == blocks).Sum(layout => layout.ByteCount), blocks));
        TableBlocks = BlocksFor(settings.Context);
    }

    /// <summary>The classes of layers.</summary>
    public KvBlockClass[] Classes { get; }

    /// <summary>Entries of a sequence's block table in one class: one for each BlockSize positions of the context.</summary>
    public int TableBlocks { get; }

    /// <summary>Bytes of all layers.</summary>
    public long ByteCount => Enumerable.Range(0, _layouts.Length).Sum(layer => Arena.Align(PoolBytes(layer)));

    /// <summary>Class of a layer.</summary>
    public int ClassOf(int layer) => _classes[layer];

    /// <summary>Bytes of a layer's pool.</summary>
    public long PoolBytes(int layer) => Classes[_classes[layer]].Blocks * _layouts[layer].ByteCount;

    /// <summary>Blocks that hold some tokens of one sequence.</summary>
    public static int BlocksFor(int tokens) => (int)(((long)tokens + KvBlockLayout.BlockSize - 1) / KvBlockLayout.BlockSize);

    /// <summary>Layout of a layer's blocks.</summary>
    public static KvBlockLayout Layout(AttentionConfig attention, KvType type) => attention.Latent is { } latent
        ? new(attention.NumKvHeads, latent.RopeDim, latent.Rank, type, KeysEndInValues: true)
        : new(attention.NumKvHeads, attention.KeyDim, attention.ValueDim, type);

    /// <summary>The pools of all layers, laid one after another from <paramref name="start"/> on.</summary>
    public KvPool[] Pools(byte* start)
    {
        var pools = new KvPool[_layouts.Length];
        for (int i = 0; i < pools.Length; i++)
        {
            pools[i] = new KvPool(start, (nint)_layouts[i].ByteCount, _layouts[i]);
            start += Arena.Align(PoolBytes(i));
        }

        return pools;
    }

    private static int BlocksPerSequence(int window, MemorySettings settings)
    {
        int all = BlocksFor(settings.Context);
        if (window == 0)
        {
            return all;
        }

        // Blocks that a run of this many tokens can touch, wherever it begins.
        long seen = (long)window - 1 + settings.Chunk;
        return (int)Math.Min(all, ((seen + KvBlockLayout.BlockSize - 2) / KvBlockLayout.BlockSize) + 1);
    }
}
