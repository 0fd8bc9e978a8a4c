using ILGPU.Runtime;
using ILGPU.Simulation;

namespace AwqIlgpu.Gpu.Devices;

/// <content>Where the simulator stands for ILGPU: models run at its full speed, kernels are checked by their own tests.</content>
internal sealed partial class IlgpuDeviceProvider
{
    static partial void Configure(Accelerator accelerator) => accelerator.GetSimulation().Checks = false;
}
