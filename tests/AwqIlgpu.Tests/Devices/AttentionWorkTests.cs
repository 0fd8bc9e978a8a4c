using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;
using AwqIlgpu.Memory;
using AwqIlgpu.Tests.Kernels;

namespace AwqIlgpu.Tests.Devices;

/// <summary>How a batch's attention is shared out among threads: each unit is computed, once, whatever their number.</summary>
public unsafe class AttentionWorkTests
{
    // The third sequence has 200 query rows for each KV head, more than a unit.
    private static readonly int[] s_tokens = [1, 5, 100, 1];

    [Theory]
    [InlineData(4, 1)]
    [InlineData(4, 2)]
    [InlineData(4, 4)]
    [InlineData(4, 3)]
    [InlineData(4, 5)]
    [InlineData(4, 16)]
    [InlineData(3, 2)]
    [InlineData(3, 3)]
    [InlineData(1, 2)]
    public void Run_AnyThreads_GivesWhatUnitsInOrderGive(int kvHeads, int threads)
    {
        const int HeadDim = 16;
        var shape = new AttentionShape(2 * kvHeads, kvHeads, HeadDim, HeadDim, 0.25f);
        var layout = new KvBlockLayout(kvHeads, HeadDim, HeadDim, KvType.Fp32);
        int width = shape.Heads * HeadDim;
        int blocks = (s_tokens.Max() + KvBlockLayout.BlockSize - 1) / KvBlockLayout.BlockSize;
        long perThread = Arena.Align(PagedAttention.WorkspaceBytes(layout));
        using var cache = NativeBuffer.Of(Numbers.Normal((int)(blocks * layout.ByteCount / sizeof(float)), 1));
        using var query = NativeBuffer.Of(Numbers.Normal(s_tokens.Max() * width, 2));
        using var expected = new NativeBuffer((long)s_tokens.Length * s_tokens.Max() * width * sizeof(float));
        using var output = new NativeBuffer(expected.ByteCount);
        using var workspace = new NativeBuffer(threads * perThread);
        var pool = new KvPool(cache.Pointer, (nint)layout.ByteCount, layout);
        int[] table = [.. Enumerable.Range(0, blocks)];
        fixed (int* blockTable = table)
        {
            var sequences = stackalloc AttentionSequence[s_tokens.Length];
            for (int i = 0; i < s_tokens.Length; i++)
            {
                sequences[i] = new AttentionSequence { Query = query.FloatPointer, QueryStride = width, OutputStride = width, BlockTable = blockTable, Tokens = s_tokens[i] };
                sequences[i].Output = expected.FloatPointer + (i * s_tokens.Max() * width);
                for (int unit = 0; unit < PagedAttention.UnitCount(shape, sequences[i]); unit++)
                {
                    PagedAttention.RunUnit(shape, pool, sequences[i], null, unit, workspace.Pointer);
                }

                sequences[i].Output = output.FloatPointer + (i * s_tokens.Max() * width);
            }

            var work = new AttentionWork(shape, pool, sequences, s_tokens.Length, workspace.Pointer, perThread, threads);
            for (int part = 0; part < threads; part++)
            {
                work.Run(part);
            }
        }

        // As bits: what no sequence has is NaN in both.
        Assert.Equal(expected.Bytes.ToArray(), output.Bytes.ToArray());
    }
}
