namespace ILGPU.Runtime.Cuda;

public sealed class CudaAccelerator : Accelerator
{
    internal CudaAccelerator(Context context, CudaDevice device)
        : base(context, device)
    {
    }

    public new CudaDevice Device => (CudaDevice)base.Device;

    public new CudaCapabilityContext Capabilities => (CudaCapabilityContext)base.Capabilities;

    public CudaArchitecture Architecture => Device.Architecture!.Value;

    private protected override Exception OutOfMemory(string message) => new CudaException(message);
}
