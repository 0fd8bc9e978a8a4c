using System.Collections.Immutable;
using ILGPU.Simulation;

namespace ILGPU.Runtime.CPU;

public enum CPUDeviceKind
{
    Default,
    Nvidia,
    AMD,
    LegacyAMD,
    Intel,
}

public enum CPUAcceleratorMode
{
    Auto = 0,
    Sequential = 1,
    Parallel = 2,
}

/// <summary>The processor playing a GPU; <see cref="Default"/> has warps of 4 lanes and at most 16 lanes a group.</summary>
public sealed class CPUDevice : Device
{
    public static readonly CPUDevice Default = new(4, 4, 1);
    public static readonly CPUDevice Nvidia = new(32, 32, 1);
    public static readonly CPUDevice AMD = new(32, 8, 1);
    public static readonly CPUDevice LegacyAMD = new(64, 4, 1);
    public static readonly CPUDevice Intel = new(16, 8, 1);
    public static readonly ImmutableArray<CPUDevice> All = [Default, Nvidia, AMD, LegacyAMD, Intel];

    public CPUDevice(int numThreadsPerWarp, int numWarpsPerMultiprocessor, int numMultiprocessors)
        : this(new SimulatedDevice
        {
            Name = "CPUAccelerator",
            WarpSize = numThreadsPerWarp,
            MaxNumThreadsPerGroup = numThreadsPerWarp * numWarpsPerMultiprocessor,
            NumMultiprocessors = numMultiprocessors,
        })
    {
    }

    internal CPUDevice(SimulatedDevice simulated)
        : base(simulated, AcceleratorType.CPU, new CPUCapabilityContext())
    {
    }

    public int NumThreads => MaxNumThreadsPerGroup * NumMultiprocessors;

    public static CPUDevice GetDevice(CPUDeviceKind kind) => All[(int)kind];

    public override Accelerator CreateAccelerator(Context context) => CreateCPUAccelerator(context);

    public CPUAccelerator CreateCPUAccelerator(Context context) => new(context, this);
}

public sealed class CPUCapabilityContext : CapabilityContext
{
    internal CPUCapabilityContext()
    {
    }
}

public sealed class CPUAccelerator : Accelerator
{
    internal CPUAccelerator(Context context, CPUDevice device)
        : base(context, device)
    {
    }

    public CPUAcceleratorMode Mode => CPUAcceleratorMode.Auto;

    public int NumThreads => ((CPUDevice)Device).NumThreads;
}

public static class CPUContextExtensions
{
    public static Context.Builder DefaultCPU(this Context.Builder builder) => builder.CPU(CPUDevice.Default);

    public static Context.Builder CPU(this Context.Builder builder, CPUDeviceKind kind) => builder.CPU(CPUDevice.GetDevice(kind));

    public static Context.Builder CPU(this Context.Builder builder, CPUDevice device)
    {
        builder.Add(device);
        return builder;
    }

    public static Context.Builder CPU(this Context.Builder builder) => builder.CPU(_ => true);

    public static Context.Builder CPU(this Context.Builder builder, Predicate<CPUDevice> predicate)
    {
        foreach (var device in CPUDevice.All.Where(device => predicate(device)))
        {
            builder.Add(device);
        }

        return builder;
    }

    public static CPUDevice GetCPUDevice(this Context context, int cpuDeviceIndex) => context.GetDevice<CPUDevice>(cpuDeviceIndex);

    public static Context.DeviceCollection<CPUDevice> GetCPUDevices(this Context context) => context.GetDevices<CPUDevice>();

    public static CPUAccelerator CreateCPUAccelerator(this Context context, int cpuDeviceIndex) =>
        context.GetCPUDevice(cpuDeviceIndex).CreateCPUAccelerator(context);

    public static CPUAccelerator CreateCPUAccelerator(this Context context, int cpuDeviceIndex, CPUAcceleratorMode mode) =>
        context.CreateCPUAccelerator(cpuDeviceIndex);
}
