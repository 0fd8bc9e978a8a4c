namespace ILGPU.Simulation;

/// <summary>What a launch did to the memory.</summary>
/// <remarks>
/// The accesses of a warp's lanes count as one request when they come from the same place in the code, and it is the same
/// time for each lane since it last waited. Where lanes take different ways, a GPU may split what is one request here.
/// Caches are not simulated.
/// </remarks>
public sealed class LaunchCounters
{
    internal LaunchCounters(string kernel) => Kernel = kernel;

    /// <summary>Type and name of the kernel method.</summary>
    public string Kernel { get; }

    /// <summary>Groups launched.</summary>
    public long Groups { get; internal set; }

    /// <summary>Bytes read from global memory, once for each lane that reads them.</summary>
    public long GlobalBytesRead { get; internal set; }

    /// <summary>Bytes written to global memory, once for each lane that writes them.</summary>
    public long GlobalBytesWritten { get; internal set; }

    /// <summary>Requests of a warp to global memory.</summary>
    public long GlobalRequests { get; internal set; }

    /// <summary>Sectors of 32 bytes that the requests touch.</summary>
    public long GlobalSectors { get; internal set; }

    /// <summary>Sectors that would hold the same bytes, were they neighbours and aligned.</summary>
    public long IdealGlobalSectors { get; internal set; }

    /// <summary>Bytes read from shared memory.</summary>
    public long SharedBytesRead { get; internal set; }

    /// <summary>Bytes written to shared memory.</summary>
    public long SharedBytesWritten { get; internal set; }

    /// <summary>Requests of a warp to shared memory.</summary>
    public long SharedRequests { get; internal set; }

    /// <summary>Passes beyond those needed without two lanes wanting different words of one of the 32 banks.</summary>
    public long BankConflicts { get; internal set; }

    /// <summary>Most bytes of shared memory that a group allocated.</summary>
    public int SharedBytesAllocated { get; internal set; }

    /// <summary>Group barriers passed, once for each group.</summary>
    public long Barriers { get; internal set; }

    /// <summary>Warp-wide operations (shuffles, warp barriers, collective PTX), once for each warp.</summary>
    public long WarpOperations { get; internal set; }

    /// <summary>Atomic operations, once for each lane.</summary>
    public long Atomics { get; internal set; }
}
