using ILGPU.Simulation;

namespace ILGPU.Runtime;

/// <summary>Describes a device; an accelerator is a device in use.</summary>
public abstract class Device
{
    private protected Device(SimulatedDevice simulated, AcceleratorType type, CapabilityContext capabilities)
    {
        Simulated = simulated;
        AcceleratorType = type;
        Capabilities = capabilities;
        Name = simulated.Name;
        MemorySize = simulated.MemorySize;
        MaxNumThreadsPerGroup = simulated.MaxNumThreadsPerGroup;
        MaxGroupSize = new Index3D(MaxNumThreadsPerGroup, MaxNumThreadsPerGroup, Math.Min(MaxNumThreadsPerGroup, 64));
        MaxSharedMemoryPerGroup = simulated.MaxSharedMemoryPerGroup;
        WarpSize = simulated.WarpSize;
        NumMultiprocessors = simulated.NumMultiprocessors;
        MaxNumThreadsPerMultiprocessor = Math.Max(simulated.MaxNumThreadsPerGroup, 1536);
    }

    public AcceleratorType AcceleratorType { get; }

    public string Name { get; protected set; }

    public long MemorySize { get; protected set; }

    public Index3D MaxGridSize { get; protected set; } = new(int.MaxValue, ushort.MaxValue, ushort.MaxValue);

    public Index3D MaxGroupSize { get; protected set; }

    public int MaxNumThreadsPerGroup { get; protected set; }

    public int MaxSharedMemoryPerGroup { get; protected set; }

    public int MaxConstantMemory { get; protected set; } = 64 * 1024;

    public int WarpSize { get; protected set; }

    public int NumMultiprocessors { get; protected set; }

    public int MaxNumThreadsPerMultiprocessor { get; protected set; }

    public int MaxNumThreads => NumMultiprocessors * MaxNumThreadsPerMultiprocessor;

    public CapabilityContext Capabilities { get; protected set; }

    internal SimulatedDevice Simulated { get; }

    public abstract Accelerator CreateAccelerator(Context context);

    public override string ToString() => $"{Name} [{AcceleratorType}]";
}
