namespace ILGPU.Runtime;

/// <summary>Something that lives on an accelerator.</summary>
public abstract class AcceleratorObject(Accelerator accelerator) : IDisposable
{
    public Accelerator Accelerator { get; } = accelerator;

    public AcceleratorType AcceleratorType => Accelerator.AcceleratorType;

    public bool IsDisposed { get; private set; }

    public void Dispose()
    {
        if (!IsDisposed)
        {
            IsDisposed = true;
            DisposeAcceleratorObject(true);
        }
    }

    protected abstract void DisposeAcceleratorObject(bool disposing);
}
