using AwqIlgpu.Kernels;

namespace AwqIlgpu.Devices;

/// <summary>Attention of a whole batch in one layer: a thread for each part.</summary>
/// <remarks>
/// Where threads can have as many KV heads each, they take neighbouring ones, whose keys and values lie side by side: heads in turn make a decoding step 1.15 times as long,
/// since what one core fetches ahead is the other's. Else they take the units of all sequences in turn.
/// </remarks>
internal readonly unsafe struct AttentionWork(AttentionShape shape, KvPool pool, AttentionSequence* sequences, int count, byte* workspace, long workspacePerThread, int threads) : IParallelWork
{
    private readonly AttentionSequence* _sequences = sequences;
    private readonly byte* _workspace = workspace;

    /// <inheritdoc/>
    public void Run(int part)
    {
        byte* scratch = _workspace + (part * workspacePerThread);
        bool isEven = shape.KvHeads % threads == 0;
        int next = part;
        for (int i = 0; i < count; i++)
        {
            int units = PagedAttention.UnitCount(shape, _sequences[i]);
            int share = units / threads;
            var (unit, end, step) = isEven ? (part * share, (part + 1) * share, 1) : (next, units, threads);
            for (; unit < end; unit += step)
            {
                PagedAttention.RunUnit(shape, pool, _sequences[i], null, unit, scratch);
            }

            // The part's turn, counted from the first unit of the next sequence.
            next = unit - units;
        }
    }
}
