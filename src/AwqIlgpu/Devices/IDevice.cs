using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;

namespace AwqIlgpu.Devices;

/// <summary>What a decoder is computed on: an arena, and the operations that a decoder is made of. Operations are queued in order and allocate nothing.</summary>
internal interface IDevice : IDisposable
{
    /// <summary>The plan's buffers; on a device with memory of its own, their places there.</summary>
    Arena Arena { get; }

    /// <summary>Bytes of the host that become those of the arena with <see cref="Flush"/>; valid until then.</summary>
    Span<byte> Bytes(long offset, long count);

    /// <summary>Floats of the host that become those of the arena with <see cref="Flush"/>; valid until then.</summary>
    Span<float> Floats(long offset, int count);

    /// <summary>Ints for the host's own use in the place of a planned buffer.</summary>
    Span<int> Ints(long offset, int count);

    /// <summary>Packs a tile of int4 weights into its place, to be there with <see cref="Flush"/>.</summary>
    void PackWeights(LinearWeights linear, Int4Tile tile);

    /// <summary>Packs all scales and zero points of a layer, [out, groups] each, into their place, to be there with <see cref="Flush"/>.</summary>
    void PackScales(LinearWeights linear, ReadOnlySpan<float> scales, ReadOnlySpan<byte> zeroPoints);

    /// <summary>Brings what was written to host memory to its place in the arena.</summary>
    void Flush();

    /// <summary>A matrix whose rows lie side by side, once everything queued is done; valid until the next call.</summary>
    Span<float> Span(DeviceMatrix matrix);

    /// <summary>Starts a step: the batch that attention and rotation refer to, and its rope tables.</summary>
    void Begin(StepBatch batch);

    /// <summary>y = the embeddings of the tokens.</summary>
    void Embed(LinearWeights table, ReadOnlySpan<int> tokenIds, DeviceMatrix y);

    /// <summary>y = some rows of x.</summary>
    void GatherRows(DeviceMatrix x, ReadOnlySpan<int> rows, DeviceMatrix y);

    /// <summary>y = norm(x), over whole rows or over segments of them as wide as the norm; y may be x.</summary>
    void Norm(NormWeights norm, DeviceMatrix x, DeviceMatrix y);

    /// <summary>y = x W^T + bias for each linear, their outputs side by side in y; or y += that.</summary>
    void Linear(LinearWeights[] linears, DeviceMatrix x, DeviceMatrix y, bool accumulate = false);

    /// <summary>Turns every head of x by its token's position.</summary>
    void Rotate(int rope, int headDim, DeviceMatrix x);

    /// <summary>Stores the keys and values of the batch in a layer's cache.</summary>
    void WriteKv(int layer, DeviceMatrix keys, DeviceMatrix values);

    /// <summary>y = attention of each query over its sequence's cache, the batch's own tokens included.</summary>
    void Attend(int layer, DeviceMatrix query, DeviceMatrix y);

    /// <summary>gate = act(gate) * up.</summary>
    void GatedActivation(Activation activation, DeviceMatrix gate, DeviceMatrix up);
}
