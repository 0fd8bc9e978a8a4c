using System.Runtime.InteropServices;

namespace ILGPU.Simulation;

/// <content>Gathers the accesses of a warp's lanes into requests and counts what each costs.</content>
internal sealed unsafe partial class LaneContext
{
    private const int SectorBytes = 32;
    private const int Banks = 32;
    private const int BankBytes = 4;

    private List<LoggedAccess>[] _logs = [];

    private void BeginCounting()
    {
        _logs = _counts ? [.. Enumerable.Range(0, WarpSize).Select(_ => new List<LoggedAccess>())] : [];
    }

    private void Count(nint address, int size, AccessKind kind, bool isShared) =>
        _logs[LaneInWarp].Add(new LoggedAccess(Site, address, size, kind, isShared));

    /// <summary>Counts what the lanes of a warp did since they last waited.</summary>
    private void CountWarp(int start, int end)
    {
        if (!_counts)
        {
            return;
        }

        // Requests in the order of their first access; the n-th access of a lane at a place joins the n-th of the others.
        var requests = new Dictionary<(int Site, int Turn), List<LoggedAccess>>();
        var turns = new Dictionary<int, int>();
        for (int lane = 0; lane < end - start; lane++)
        {
            turns.Clear();
            foreach (var access in _logs[lane])
            {
                ref int turn = ref CollectionsMarshal.GetValueRefOrAddDefault(turns, access.Site, out _);
                ref var request = ref CollectionsMarshal.GetValueRefOrAddDefault(requests, (access.Site, turn++), out _);
                (request ??= []).Add(access);
            }

            _logs[lane].Clear();
        }

        foreach (var request in requests.Values)
        {
            if (request[0].IsShared)
            {
                CountShared(request);
            }
            else
            {
                CountGlobal(request);
            }
        }
    }

    private void CountGlobal(List<LoggedAccess> request)
    {
        var counters = _launch.Counters;
        counters.GlobalRequests++;
        request.Sort((first, second) => first.Address.CompareTo(second.Address));
        long bytes = 0;
        nint seen = 0;
        long lastSector = -1;
        foreach (var access in request)
        {
            if (access.Kind != AccessKind.Write)
            {
                counters.GlobalBytesRead += access.Size;
            }

            if (access.Kind != AccessKind.Read)
            {
                counters.GlobalBytesWritten += access.Size;
            }

            nint accessEnd = access.Address + access.Size;
            bytes += Math.Max(accessEnd - Math.Max(access.Address, seen), 0);
            seen = Math.Max(seen, accessEnd);
            long firstSector = Math.Max(access.Address / SectorBytes, lastSector + 1);
            long endSector = (accessEnd - 1) / SectorBytes;
            counters.GlobalSectors += Math.Max(endSector - firstSector + 1, 0);
            lastSector = Math.Max(lastSector, endSector);
        }

        counters.IdealGlobalSectors += (bytes + SectorBytes - 1) / SectorBytes;
    }

    private void CountShared(List<LoggedAccess> request)
    {
        var counters = _launch.Counters;
        counters.SharedRequests++;
        foreach (var access in request)
        {
            if (access.Kind != AccessKind.Write)
            {
                counters.SharedBytesRead += access.Size;
            }

            if (access.Kind != AccessKind.Read)
            {
                counters.SharedBytesWritten += access.Size;
            }
        }

        // Loads of 8 and 16 bytes are served for a half and a quarter of the warp at a time.
        int words = Math.Max(request[0].Size / BankBytes, 1);
        foreach (var part in request.Chunk(Math.Max(Banks / words, 1)))
        {
            var wordsOfBank = part
                .SelectMany(access => Enumerable.Range(0, words).Select(i => (access.Address / BankBytes) + i))
                .Distinct()
                .GroupBy(word => word % Banks);
            counters.BankConflicts += wordsOfBank.Max(bank => bank.Count()) - 1;
        }
    }

    private readonly record struct LoggedAccess(int Site, nint Address, int Size, AccessKind Kind, bool IsShared);
}
