using ILGPU;
using ILGPU.Runtime.CPU;

namespace AwqIlgpu.Gpu.Tests;

/// <content>ILGPU's CPU accelerator, with the warps of an NVIDIA device.</content>
internal sealed partial class TestAccelerator
{
    public TestAccelerator()
    {
        _context = Context.Create(builder => builder.CPU(CPUDevice.Nvidia).EnableAlgorithms());
        Accelerator = _context.CreateCPUAccelerator(0);
    }
}
