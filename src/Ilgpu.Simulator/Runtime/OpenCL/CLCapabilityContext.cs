namespace ILGPU.Runtime.OpenCL;

public sealed class CLCapabilityContext(bool float16, bool float64, bool genericAddressSpace, bool int64_Atomics, bool subGroups) : CapabilityContext
{
    public bool Float16 { get; } = float16;

    public bool Float64 { get; } = float64;

    public bool GenericAddressSpace { get; } = genericAddressSpace;

    public bool Int64_Atomics { get; } = int64_Atomics;

    public bool SubGroups { get; } = subGroups;
}
