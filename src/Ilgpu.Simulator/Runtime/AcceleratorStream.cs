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

internal sealed class SimulatedStream(Accelerator accelerator) : AcceleratorStream(accelerator)
{
    public override void Synchronize() => ObjectDisposedException.ThrowIf(IsDisposed, this);

    protected override void DisposeAcceleratorObject(bool disposing)
    {
    }
}
