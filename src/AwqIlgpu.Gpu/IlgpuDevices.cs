using AwqIlgpu.Devices;
using AwqIlgpu.Gpu.Devices;

namespace AwqIlgpu;

/// <summary>Makes the devices that ILGPU reaches known to <see cref="LanguageModelOptions.Device"/>.</summary>
public static class IlgpuDevices
{
    /// <summary>Adds <c>cuda:0</c>, <c>opencl:0</c> and so on for the GPUs that are here, and <c>ilgpu</c>, which runs their kernels on the CPU. Further calls change nothing.</summary>
    public static void Register() => DeviceProviders.Add(new IlgpuDeviceProvider());
}
