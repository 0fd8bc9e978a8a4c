using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace ILGPU.Simulation;

/// <summary>The limits of a device to play. The defaults are what every CUDA device of the last ten years has.</summary>
public sealed record SimulatedDevice
{
    /// <summary>What <see cref="Accelerator.Name"/> says.</summary>
    public string Name { get; init; } = "Simulated";

    /// <summary>Lanes in a warp: 32 on NVIDIA, 64 on older AMD, 1 for a device without warps.</summary>
    public int WarpSize { get; init; } = 32;

    /// <summary>Most lanes in a group.</summary>
    public int MaxNumThreadsPerGroup { get; init; } = 1024;

    /// <summary>Most bytes of shared memory in a group, static and dynamic together. ILGPU gives no more than 48 KiB on CUDA.</summary>
    public int MaxSharedMemoryPerGroup { get; init; } = 48 * 1024;

    /// <summary>Bytes of global memory; allocations past it fail.</summary>
    public long MemorySize { get; init; } = long.MaxValue;

    /// <summary>Groups that run at a time.</summary>
    public int NumMultiprocessors { get; init; } = 1;

    /// <summary>Compute capability of a CUDA device, major.</summary>
    public int SmMajor { get; init; } = 8;

    /// <summary>Compute capability of a CUDA device, minor.</summary>
    public int SmMinor { get; init; } = 6;

    /// <summary>Whether an OpenCL device has sub-groups, hence shuffles; with ILGPU only Intel's have.</summary>
    public bool HasSubGroups { get; init; }

    /// <summary>Whether an OpenCL device has one address space for all its memories, without which ILGPU refuses it.</summary>
    public bool HasGenericAddressSpace { get; init; } = true;
}

/// <summary>Puts simulated devices into a context and reaches the simulator behind an accelerator.</summary>
public static class SimulationExtensions
{
    /// <summary>Adds <paramref name="device"/>, which will say that it is of <paramref name="type"/>.</summary>
    public static Context.Builder Simulate(this Context.Builder builder, AcceleratorType type, SimulatedDevice device)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(device);
        builder.Add(type switch
        {
            AcceleratorType.Cuda => new CudaDevice(device),
            AcceleratorType.OpenCL => new CLDevice(device),
            _ => new CPUDevice(device),
        });
        return builder;
    }

    /// <summary>What is checked and counted on <paramref name="accelerator"/>.</summary>
    public static SimulationSettings GetSimulation(this Accelerator accelerator)
    {
        ArgumentNullException.ThrowIfNull(accelerator);
        return accelerator.Simulation;
    }
}
