using ILGPU.Simulation;

namespace ILGPU.Runtime.OpenCL;

/// <summary>An OpenCL GPU, described by a <see cref="SimulatedDevice"/>.</summary>
public sealed class CLDevice : Device
{
    internal CLDevice(SimulatedDevice simulated)
        : base(simulated, AcceleratorType.OpenCL, new CLCapabilityContext(true, true, simulated.HasGenericAddressSpace, true, simulated.HasSubGroups))
    {
    }

    public new CLCapabilityContext Capabilities => (CLCapabilityContext)base.Capabilities;

    public override Accelerator CreateAccelerator(Context context) => CreateCLAccelerator(context);

    public CLAccelerator CreateCLAccelerator(Context context) => new(context, this);
}

public static class CLContextExtensions
{
    public static Context.Builder OpenCL(this Context.Builder builder) => builder;

    public static CLDevice GetCLDevice(this Context context, int clDeviceIndex) => context.GetDevice<CLDevice>(clDeviceIndex);

    public static Context.DeviceCollection<CLDevice> GetCLDevices(this Context context) => context.GetDevices<CLDevice>();

    public static CLAccelerator CreateCLAccelerator(this Context context, int clDeviceIndex) =>
        context.GetCLDevice(clDeviceIndex).CreateCLAccelerator(context);
}
