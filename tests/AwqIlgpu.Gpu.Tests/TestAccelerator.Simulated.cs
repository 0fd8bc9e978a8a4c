using ILGPU;
using ILGPU.Runtime;
using ILGPU.Simulation;

namespace AwqIlgpu.Gpu.Tests;

/// <content>The simulator, as a CUDA device with all checks.</content>
internal sealed partial class TestAccelerator
{
    public TestAccelerator(bool counting = false)
    {
        _context = Context.Create(builder => builder.Simulate(AcceleratorType.Cuda, new SimulatedDevice()).EnableAlgorithms());
        Accelerator = _context.Devices[0].CreateAccelerator(_context);
        Accelerator.GetSimulation().Counting = counting;
    }

    /// <summary>What the last launch did to the memory.</summary>
    public LaunchCounters Counters => Accelerator.GetSimulation().LastLaunch!;
}
