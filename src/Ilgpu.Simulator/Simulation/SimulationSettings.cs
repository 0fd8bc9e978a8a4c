namespace ILGPU.Simulation;

/// <summary>What the simulator looks at on one accelerator. With both switches off groups run in parallel at full speed.</summary>
/// <remarks>
/// <para>Caught always: an index outside its view, barrier divergence, too much shared memory, a group too large.</para>
/// <para>Caught by <see cref="Checks"/>: races, reads of unwritten shared memory, misaligned accesses. A race is two lanes
/// touching the same byte, one of them writing without an atomic, and no barrier between: a group barrier within a group,
/// also a warp barrier within a warp, nothing between groups. Both writing the same value is a race too.</para>
/// <para>Not caught: of each byte the last writer and two readers are remembered, so that a third reader can hide a race;
/// memory passed by reference to a method that is not inlined (framework, constructors) is not seen; a kernel that is right
/// only by luck of timing between atomics; unwritten global memory, though it is filled with 0xFF bytes, which are NaN;
/// the weakness of a GPU's memory order.</para>
/// </remarks>
public sealed class SimulationSettings
{
    /// <summary>Whether to look for races, unwritten shared memory and misaligned accesses.</summary>
    public bool Checks { get; set; } = true;

    /// <summary>Whether to count memory transactions and bank conflicts.</summary>
    public bool Counting { get; set; }

    /// <summary>A fault that is put into the kernels launched from now on, which are checked then; null for none.</summary>
    public PlantedFault? Planted { get; set; }

    /// <summary>Whether a lane of the last launch came to the planted fault.</summary>
    public bool PlantedReached { get; internal set; }

    /// <summary>Whether waiting for the device fails, as with a GPU that its driver has reset.</summary>
    public bool IsLost { get; set; }

    /// <summary>Bytes that launches themselves have allocated on the host, which a GPU's driver would not.</summary>
    public long LaunchAllocations { get; internal set; }

    /// <summary>Counters of the last launch.</summary>
    public LaunchCounters? LastLaunch { get; internal set; }
}
