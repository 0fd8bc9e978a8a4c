using AwqIlgpu.Kernels;

namespace AwqIlgpu.Devices;

/// <summary>Attention of a whole batch in one layer: threads take the units of all sequences in turn.</summary>
internal readonly unsafe struct AttentionWork(AttentionShape shape, KvPool pool, AttentionSequence* sequences, int count, byte* workspace, long workspacePerThread, int threads) : IParallelWork
{
    private readonly AttentionSequence* _sequences = sequences;
    private readonly byte* _workspace = workspace;

    /// <inheritdoc/>
    public void Run(int part)
    {
        byte* scratch = _workspace + (part * workspacePerThread);
        int next = part;
        int before = 0;
        for (int i = 0; i < count; i++)
        {
            int units = PagedAttention.UnitCount(shape, _sequences[i].Tokens);
            for (; next < before + units; next += threads)
            {
                PagedAttention.RunUnit(shape, pool, _sequences[i], null, next - before, scratch);
            }

            before += units;
        }
    }
}
