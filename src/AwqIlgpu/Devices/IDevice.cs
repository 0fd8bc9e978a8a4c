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

    /// <summary>Packs the scales and zero points of some rows of a layer, [rows, groups] each, into their place, to be there with <see cref="Flush"/>.</summary>
    void PackScales(LinearWeights linear, int row, ReadOnlySpan<float> scales, ReadOnlySpan<byte> zeroPoints);

    /// <summary>Brings what was written to host memory to its place in the arena.</summary>
    void Flush();

    /// <summary>A matrix whose rows lie side by side, once everything queued is done; valid until the next call.</summary>
    Span<float> Span(DeviceMatrix matrix);

    /// <summary>The likeliest token of each row of logits, once everything queued is done; valid until the next call.</summary>
    ReadOnlySpan<TopToken> Best(DeviceMatrix logits);

    /// <summary>What to report for an exception that an operation threw.</summary>
    Exception Explain(Exception exception);

    /// <summary>Starts a step: the batch that attention and rotation refer to, and its rope tables.</summary>
    void Begin(StepBatch batch);

    /// <summary>y = scale * the embeddings of the tokens.</summary>
    void Embed(LinearWeights table, ReadOnlySpan<int> tokenIds, float scale, DeviceMatrix y);

    /// <summary>y += the embeddings of the tokens' positions, of which position 0 has row <paramref name="offset"/>.</summary>
    void AddPositions(LinearWeights table, int offset, DeviceMatrix y);

    /// <summary>y += scale * x.</summary>
    void Add(DeviceMatrix x, float scale, DeviceMatrix y);

    /// <summary>x = cap * tanh(x / cap).</summary>
    void Softcap(DeviceMatrix x, float cap);

    /// <summary>y = some rows of x.</summary>
    void GatherRows(DeviceMatrix x, ReadOnlySpan<int> rows, DeviceMatrix y);

    /// <summary>y = norm(x), over whole rows or over segments of them as wide as the norm; y may be x.</summary>
    void Norm(NormWeights norm, DeviceMatrix x, DeviceMatrix y);

    /// <summary>y = scale * (x W^T + bias) for each linear, their outputs side by side in y; or y += that.</summary>
    void Linear(LinearWeights[] linears, DeviceMatrix x, DeviceMatrix y, bool accumulate = false, float scale = 1);

    /// <summary>y = x W^T for each head, with a matrix of its own; x and y begin with the first head's columns.</summary>
    /// <param name="matrices">The matrices.</param>
    /// <param name="x">Inputs, a head every <paramref name="xHeadStride"/> columns.</param>
    /// <param name="xHeadStride">Columns from one head's input to the next.</param>
    /// <param name="y">Outputs, a head every <paramref name="yHeadStride"/> columns.</param>
    /// <param name="yHeadStride">Columns from one head's output to the next.</param>
    void LinearHeads(HeadMatrices matrices, DeviceMatrix x, int xHeadStride, DeviceMatrix y, int yHeadStride);

    /// <summary>Copies the first <paramref name="width"/> columns of every head of x to heads of another width in y.</summary>
    void CopyHeads(DeviceMatrix x, int xHeadDim, DeviceMatrix y, int yHeadDim, int width);

    /// <summary>Turns every head of the queries by its token's position, and stores the keys, turned alike, and the values in a layer's cache.</summary>
    /// <param name="layer">Index of the layer.</param>
    /// <param name="rope">Index of the rotation; -1 for none.</param>
    /// <param name="queries">Query heads, turned in place.</param>
    /// <param name="queryDim">Columns of a query head.</param>
    /// <param name="keys">Key heads; may be turned in place.</param>
    /// <param name="values">Value heads, which no rotation touches.</param>
    void RotateAndWriteKv(int layer, int rope, DeviceMatrix queries, int queryDim, DeviceMatrix keys, DeviceMatrix values);

    /// <summary>y = attention of each query over its sequence's cache, the batch's own tokens included.</summary>
    void Attend(int layer, DeviceMatrix query, DeviceMatrix y);

    /// <summary>gate = act(gate) * up.</summary>
    void GatedActivation(Activation activation, DeviceMatrix gate, DeviceMatrix up);

    /// <summary>x = act(x), times a factor for each column where <paramref name="factors"/> is not null.</summary>
    void Activation(Activation activation, DeviceMatrix x, VectorWeights? factors);

    /// <summary>x *= sigmoid(gate), where gate has one column.</summary>
    void ScaleBySigmoid(DeviceMatrix gate, DeviceMatrix x);

    /// <summary>Chooses the experts of every token and sorts the copies by expert.</summary>
    /// <param name="layer">Index of the layer, for messages.</param>
    /// <param name="experts">The mixture.</param>
    /// <param name="logits">The router's logits, [tokens, experts].</param>
    /// <param name="routes">Receives the choice.</param>
    /// <exception cref="InvalidDataException">A logit is NaN or infinite, and the device waits for its results; on others the tokens' results become NaN.</exception>
    void Route(int layer, ExpertsWeights experts, DeviceMatrix logits, Routes routes);

    /// <summary>y = the rows of x copied for their experts, sorted by expert.</summary>
    void CopyToExperts(Routes routes, DeviceMatrix x, DeviceMatrix y);

    /// <summary>y = gate and up projections of every copy by its expert; only experts that have copies are read.</summary>
    void ExpandExperts(ExpertsWeights experts, DeviceMatrix x, DeviceMatrix y);

    /// <summary>y = down projection of every copy by its expert.</summary>
    void ContractExperts(ExpertsWeights experts, DeviceMatrix x, DeviceMatrix y);

    /// <summary>y += scale * weighted sum over a token's experts of x, the experts' results.</summary>
    void Combine(Routes routes, DeviceMatrix x, float scale, DeviceMatrix y);
}
