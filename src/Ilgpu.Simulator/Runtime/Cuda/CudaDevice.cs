using ILGPU.Simulation;

namespace ILGPU.Runtime.Cuda;

/// <summary>An NVIDIA GPU, described by a <see cref="SimulatedDevice"/>.</summary>
public sealed class CudaDevice : Device
{
    internal CudaDevice(SimulatedDevice simulated)
        : base(simulated, AcceleratorType.Cuda, new CudaCapabilityContext(new CudaArchitecture(simulated.SmMajor, simulated.SmMinor)))
    {
    }

    public CudaArchitecture? Architecture => new(Simulated.SmMajor, Simulated.SmMinor);

    public override Accelerator CreateAccelerator(Context context) => CreateCudaAccelerator(context);

    public CudaAccelerator CreateCudaAccelerator(Context context) => new(context, this);
}

public static class CudaContextExtensions
{
    public static Context.Builder Cuda(this Context.Builder builder) => builder;

    public static CudaDevice GetCudaDevice(this Context context, int cudaDeviceIndex) => context.GetDevice<CudaDevice>(cudaDeviceIndex);

    public static Context.DeviceCollection<CudaDevice> GetCudaDevices(this Context context) => context.GetDevices<CudaDevice>();

    public static CudaAccelerator CreateCudaAccelerator(this Context context, int cudaDeviceIndex) =>
        context.GetCudaDevice(cudaDeviceIndex).CreateCudaAccelerator(context);
}
