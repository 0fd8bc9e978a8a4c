using AwqIlgpu.Kernels;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;

namespace AwqIlgpu.Devices;

/// <summary>The keys and values of all layers: a pool of blocks for each, all with the same number of blocks.</summary>
/// <param name="config">The decoder.</param>
/// <param name="settings">The settings that the plan is for.</param>
internal sealed unsafe class KvCache(DecoderConfig config, MemorySettings settings)
{
    private readonly KvBlockLayout[] _layouts = Array.ConvertAll(config.Layers, layer => Layout(layer.Attention, settings.Kv));
    private readonly int _blocks = Blocks(settings);

    /// <summary>Bytes of all layers.</summary>
    public long ByteCount => _layouts.Sum(layout => Arena.Align(_blocks * layout.ByteCount));

    /// <summary>Blocks of each layer: enough for every sequence at full length.</summary>
    public static int Blocks(MemorySettings settings) => checked(settings.Batch * BlocksFor(settings.Context));

    /// <summary>Blocks that hold some tokens of one sequence.</summary>
    public static int BlocksFor(int tokens) => (tokens + KvBlockLayout.BlockSize - 1) / KvBlockLayout.BlockSize;

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
            start += Arena.Align(_blocks * _layouts[i].ByteCount);
        }

        return pools;
    }
}
