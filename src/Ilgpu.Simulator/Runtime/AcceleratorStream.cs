using ILGPU.Runtime.Cuda;

namespace ILGPU.Runtime;

/// <summary>A queue of work. Here work is done when it is queued, so that an error appears at the launch that caused it.</summary>
public abstract class AcceleratorStream : AcceleratorObject
{
    protected AcceleratorStream(Accelerator accelerator)
        : base(accelerator)
    {
    }

    public abstract void Synchronize();

    public Task SynchronizeAsync() => Task.CompletedTask;
}

internal sealed class SimulatedStream : AcceleratorStream
{
    private readonly Accelerator _accelerator;

    public SimulatedStream(Accelerator accelerator)
        : base(accelerator) => _accelerator = accelerator;

    public override void Synchronize()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (_accelerator.Simulation.IsLost)
        {
            throw new CudaException("unspecified launch failure");
        }
    }

    protected override void DisposeAcceleratorObject(bool disposing)
    {
    }
}
