namespace ILGPU.Runtime.OpenCL;

public sealed class CLAccelerator : Accelerator
{
    internal CLAccelerator(Context context, CLDevice device)
        : base(context, device)
    {
    }

    public new CLDevice Device => (CLDevice)base.Device;

    public new CLCapabilityContext Capabilities => (CLCapabilityContext)base.Capabilities;

    private protected override Exception OutOfMemory(string message) => new CLException(message);
}
