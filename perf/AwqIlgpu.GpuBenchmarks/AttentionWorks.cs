using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Kernels;
using ILGPU.Runtime;

namespace AwqIlgpu.GpuBenchmarks;

/// <summary>Attention over a paged cache, and the writing of it.</summary>
internal sealed class AttentionWorks(Accelerator accelerator, bool smoke)
{
    private const int Batch = 8;

    private readonly AttentionKernel _attention = new(accelerator);
    private readonly RopeKernel _rope = new(accelerator);

    private AcceleratorStream Stream => accelerator.DefaultStream;

    public IEnumerable<Work> Of(LayerSizes sizes)
    {
        foreach (var type in (KvType[])[KvType.Fp16, KvType.Int8])
        {
            foreach (var work in Decode(sizes, type, 1).Concat(Decode(sizes, type, Batch)).Concat(Prefill(sizes, type)).Concat(Write(sizes, type)))
            {
                yield return work;
            }
        }
    }

    private IEnumerable<Work> Decode(LayerSizes sizes, KvType type, int batch)
    {
        using var memory = new DeviceMemory(accelerator, smoke);
        var (pools, arguments, bytes) = Sequences(memory, sizes, type, batch, 1);
        var workspace = memory.Of<float>(AttentionKernel.WorkspaceFloats(batch, sizes.Context, sizes.Heads, sizes.HeadDim));
        double operations = 4.0 * batch * sizes.QueryWidth * sizes.Context;
        yield return new Work("Attention, decode", $"{batch} x {sizes.Context} tokens, {type}", bytes, operations, i => _attention.Decode(Stream, arguments, pools[i % pools.Length], 0, batch, sizes.Context, workspace));
    }

    private IEnumerable<Work> Prefill(LayerSizes sizes, KvType type)
    {
        using var memory = new DeviceMemory(accelerator, smoke);
        var (pools, arguments, bytes) = Sequences(memory, sizes, type, 1, sizes.Chunk);
        // A token sees itself and what stands before it.
        double seen = sizes.Context - ((sizes.Chunk - 1) / 2.0);
        double operations = 4.0 * sizes.QueryWidth * sizes.Chunk * seen;
        yield return new Work("Attention, prefill", $"{sizes.Chunk} of {sizes.Context} tokens, {type}", bytes, operations, i => _attention.Prefill(Stream, arguments, pools[i % pools.Length], 0, sizes.Chunk));
    }

    private IEnumerable<Work> Write(LayerSizes sizes, KvType type)
    {
        using var memory = new DeviceMemory(accelerator, smoke);
        int tokens = sizes.Chunk;
        var layout = new KvBlockLayout(sizes.KvHeads, sizes.HeadDim, sizes.HeadDim, type);
        int blocks = Blocks(tokens);
        var pool = new KvView(layout, memory.Of<byte>(blocks * layout.ByteCount));
        int stride = sizes.QueryWidth + (2 * sizes.KvWidth);
        var rows = memory.Of<float>((long)tokens * stride);
        int pairs = sizes.HeadDim / 2;
        var rope = new RopeArguments(RopeStyle.Half, memory.Of<float>(tokens * pairs), memory.Of<float>(tokens * pairs), pairs);
        var slots = memory.Of([.. Enumerable.Range(0, tokens)]);
        long bytes = ((long)tokens * sizeof(float) * (stride + sizes.QueryWidth + (2 * pairs))) + (blocks * layout.ByteCount);
        yield return new Work(
            "Rope and cache write",
            $"{tokens} tokens, {type}",
            bytes,
            0,
            _ => _rope.Run(Stream, rope, new Queries(rows, stride, sizes.Heads, sizes.HeadDim), rows.SubView(sizes.QueryWidth), rows.SubView(sizes.QueryWidth + sizes.KvWidth), stride, tokens, slots, pool));
    }

    private static int Blocks(int tokens) => (tokens + KvBlockLayout.BlockSize - 1) / KvBlockLayout.BlockSize;

    // Caches to take turns with, one batch, and the bytes that attention over it moves.
    private static (KvView[] Pools, AttentionArguments Arguments, long Bytes) Sequences(DeviceMemory memory, LayerSizes sizes, KvType type, int batch, int tokens)
    {
        var shape = new AttentionShape(sizes.Heads, sizes.KvHeads, sizes.HeadDim, sizes.HeadDim, 1 / MathF.Sqrt(sizes.HeadDim));
        var layout = new KvBlockLayout(sizes.KvHeads, sizes.HeadDim, sizes.HeadDim, type);
        int blocks = Blocks(sizes.Context);
        int[] tables = [.. Enumerable.Range(0, batch * blocks)];
        new Random(1).Shuffle(tables);
        KvView[] pools = [.. memory.Copies(tables.Length * layout.ByteCount).Select(copy => new KvView(layout, copy))];
        // Four ints each, as the kernel reads them.
        int[] segments = [.. Enumerable.Range(0, batch).SelectMany(i => (int[])[i * tokens, tokens, sizes.Context - tokens, i * blocks])];
        long rows = (long)batch * tokens * sizes.QueryWidth;
        var arguments = new AttentionArguments(shape, memory.Of<float>(rows), sizes.QueryWidth, memory.Of<float>(rows), sizes.QueryWidth, memory.Of(segments).Cast<AttentionSegment>(), memory.Of(tables));
        return (pools, arguments, (tables.Length * layout.ByteCount) + (2 * rows * sizeof(float)));
    }
}
