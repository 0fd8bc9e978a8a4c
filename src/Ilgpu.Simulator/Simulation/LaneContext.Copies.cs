using System.Runtime.InteropServices;

namespace ILGPU.Simulation;

/// <content>
/// Shared addresses of PTX, and asynchronous copies. A copy is carried out when the lane waits for it, as late as it may
/// be on a GPU, so that reading before the wait shows.
/// </content>
internal sealed unsafe partial class LaneContext
{
    private readonly Dictionary<int, List<AsyncCopy>> _copies = [];
    private readonly Dictionary<int, int> _copyGroups = [];

    /// <summary>The 32-bit address that PTX gives a place in shared memory.</summary>
    public ulong SharedOffset(nint address) => (nuint)(address - SharedStart) < (nuint)_sharedUsed
        ? (ulong)(address - SharedStart)
        : throw Fault(FaultKind.InvalidOperation, "cvta.to.shared of an address that is not in shared memory");

    /// <summary>The place in shared memory of a 32-bit address of PTX.</summary>
    public nint SharedAddress(ulong offset, int size) => offset + (ulong)size <= (ulong)_sharedUsed
        ? SharedStart + (nint)offset
        : throw Fault(
            FaultKind.OutOfBounds,
            $"shared address {offset} and {size} bytes on is outside the group's {_sharedUsed} bytes; a generic address needs cvta.to.shared");

    public void CopyLater(ulong target, nint source, int size, int sourceSize)
    {
        nint address = SharedAddress(target, size);
        if (_checks && ((address | source) & (size - 1)) != 0)
        {
            throw Fault(FaultKind.Misaligned, $"cp.async of {size} bytes between addresses that are not both multiples of {size}");
        }

        if (sourceSize > 0 && !IsGlobal(source))
        {
            throw Fault(FaultKind.OutOfBounds, "cp.async from an address that is in no buffer");
        }

        if (_checks || _counts)
        {
            Access(source, sourceSize, AccessKind.Read);
        }

        ref var copies = ref CollectionsMarshal.GetValueRefOrAddDefault(_copies, Lane, out _);
        (copies ??= []).Add(new AsyncCopy(_copyGroups.GetValueOrDefault(Lane), source, address, size, sourceSize, Site));
    }

    public void CommitCopies() => CollectionsMarshal.GetValueRefOrAddDefault(_copyGroups, Lane, out _)++;

    /// <summary>Carries out the lane's copies but those of the last <paramref name="pendingGroups"/> groups.</summary>
    public void WaitForCopies(int pendingGroups, bool uncommitted = false)
    {
        if (!_copies.TryGetValue(Lane, out var copies))
        {
            return;
        }

        int current = _copyGroups.GetValueOrDefault(Lane);
        int end = uncommitted ? current + 1 : current - pendingGroups;
        foreach (var copy in copies.Where(copy => copy.Group < end))
        {
            if (_checks || _counts)
            {
                Write(copy.Target, copy.Size, copy.Site);
            }

            new Span<byte>((void*)copy.Target, copy.Size).Clear();
            Buffer.MemoryCopy((void*)copy.Source, (void*)copy.Target, copy.Size, copy.SourceSize);
        }

        copies.RemoveAll(copy => copy.Group < end);
    }

    /// <summary>A copy that its lane never waited for is an error: nobody can know when it happens.</summary>
    private void FinishCopies()
    {
        if (_copies.Remove(Lane, out var copies) && copies.Count > 0 && _checks)
        {
            Site = copies[0].Site;
            throw Fault(FaultKind.InvalidOperation, "cp.async without a wait before the lane's end");
        }

        _copyGroups.Remove(Lane);
    }

    private readonly record struct AsyncCopy(int Group, nint Source, nint Target, int Size, int SourceSize, int Site);
}
