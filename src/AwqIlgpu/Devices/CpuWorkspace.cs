using AwqIlgpu.Kernels;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;

namespace AwqIlgpu.Devices;

/// <summary>How the CPU device divides its scratch memory; the planner asks the same object for the size.</summary>
internal sealed class CpuWorkspace
{
    private readonly int _rows;

    /// <param name="weights">The model, described.</param>
    /// <param name="rows">Most rows of a step.</param>
    /// <param name="threads">Threads that compute.</param>
    public CpuWorkspace(DecoderWeights weights, int rows, int threads)
    {
        _rows = rows;
        long end = 0;
        RopeOffsets = new long[weights.Config.Ropes.Length];
        for (int i = 0; i < RopeOffsets.Length; i++)
        {
            RopeOffsets[i] = end;
            // Cosines of all rows, then sines.
            end += 2 * RopeBytes(weights.Config.Ropes[i]);
        }

        // Products and attention never run at the same time.
        LinearOffset = end;
        LinearBytes = weights.Int4Inputs.Select(input => LinearProducts.WorkspaceBytes(rows * input.RowsPerToken, input.Features, input.BlockSize)).DefaultIfEmpty(0).Max();
        // Of the type that needs most, whatever the cache's is: so a smaller type never needs more memory in all, which the planner relies on.
        AttentionBytesPerThread = Arena.Align(weights.Config.Layers.Max(l => PagedAttention.WorkspaceBytes(KvCache.Layout(l.Attention, KvType.Int4))));
        ByteCount = LinearOffset + Math.Max(Arena.Align(LinearBytes), threads * AttentionBytesPerThread);
    }

    /// <summary>Bytes in all.</summary>
    public long ByteCount { get; }

    /// <summary>First byte of each rope's table.</summary>
    public long[] RopeOffsets { get; }

    /// <summary>First byte of the quantised activations, and of attention's scratch.</summary>
    public long LinearOffset { get; }

    /// <summary>Bytes of the quantised activations.</summary>
    public long LinearBytes { get; }

    /// <summary>Bytes of one thread's attention scratch.</summary>
    public long AttentionBytesPerThread { get; }

    /// <summary>Bytes of a rope's cosines, and of its sines.</summary>
    public long RopeBytes(RopeParameters rope) => Arena.Align((long)_rows * (rope.RotaryDim / 2) * sizeof(float));
}
