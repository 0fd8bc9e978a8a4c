namespace ILGPU.Simulation;

/// <summary>What a kernel did wrong.</summary>
public enum FaultKind
{
    /// <summary>An index outside its view.</summary>
    OutOfBounds,

    /// <summary>Two lanes touched the same bytes, one of them writing, with no barrier between them.</summary>
    Race,

    /// <summary>Lanes wait at different barriers, or some have finished while others wait.</summary>
    BarrierDivergence,

    /// <summary>Shared memory read before it was written.</summary>
    UninitializedShared,

    /// <summary>An address that is not a multiple of the size loaded or stored.</summary>
    Misaligned,

    /// <summary>More shared or local memory than the device has.</summary>
    OutOfMemory,

    /// <summary>An operation the device or the simulator does not have, or with operands it does not take.</summary>
    InvalidOperation,

    /// <summary>The kernel threw.</summary>
    Exception,
}

/// <summary>A fault of a kernel, with the place where it happened.</summary>
public sealed class SimulationException : Exception
{
    internal SimulationException(FaultKind kind, string kernel, Index3D group, int lane, long? index, string line, string problem, Exception? inner)
        : base($"{kernel}: group {group}, lane {lane}: {problem} ({line}).", inner)
    {
        Kind = kind;
        Kernel = kernel;
        Group = group;
        Lane = lane;
        Index = index;
        Line = line;
    }

    /// <summary>What went wrong.</summary>
    public FaultKind Kind { get; }

    /// <summary>Type and name of the kernel method.</summary>
    public string Kernel { get; }

    /// <summary>Index of the group in the grid.</summary>
    public Index3D Group { get; }

    /// <summary>Linear index of the lane in the group.</summary>
    public int Lane { get; }

    /// <summary>Index of the element, where one is at fault.</summary>
    public long? Index { get; }

    /// <summary>File and line, or method and IL offset without debug symbols.</summary>
    public string Line { get; }
}
