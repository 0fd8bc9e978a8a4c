using ILGPU;
using ILGPU.Runtime;
using ILGPU.Simulation;

namespace Ilgpu.Simulator.Tests;

/// <summary>A context with one simulated device.</summary>
internal sealed class Device : IDisposable
{
    private readonly Context _context;

    public Device(AcceleratorType type = AcceleratorType.Cuda, SimulatedDevice? device = null, bool checks = true, bool counting = false)
    {
        _context = Context.Create(builder => builder.Simulate(type, device ?? new SimulatedDevice()));
        Accelerator = _context.Devices[0].CreateAccelerator(_context);
        Accelerator.GetSimulation().Checks = checks;
        Accelerator.GetSimulation().Counting = counting;
    }

    public Accelerator Accelerator { get; }

    public LaunchCounters Counters => Accelerator.GetSimulation().LastLaunch!;

    public void Dispose()
    {
        Accelerator.Dispose();
        _context.Dispose();
    }
}
