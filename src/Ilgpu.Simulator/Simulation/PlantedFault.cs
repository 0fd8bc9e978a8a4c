namespace ILGPU.Simulation;

/// <summary>A fault that the simulator puts into a kernel it compiles, to try whether a test of the kernel would notice it.</summary>
/// <param name="Kind">What is done wrong.</param>
/// <param name="Ordinal">At which of the places where that can be, counted in the order of the code with all calls inlined.</param>
public sealed record PlantedFault(PlantedFaultKind Kind, int Ordinal);

/// <summary>What can be done wrong in a kernel.</summary>
public enum PlantedFaultKind
{
    /// <summary>A call of <see cref="Group.Barrier"/> is left out.</summary>
    BarrierRemoved,

    /// <summary>An index into a view is one too large.</summary>
    IndexOneOff,

    /// <summary>All lanes take themselves for lane 0 where one of them reads its <see cref="Group.IdxX"/>.</summary>
    LanesAlike,
}
