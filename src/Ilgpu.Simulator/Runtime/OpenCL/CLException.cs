namespace ILGPU.Runtime.OpenCL;

public sealed class CLException : AcceleratorException
{
    public CLException()
    {
    }

    public CLException(string message)
        : base(message)
    {
    }

    public CLException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public override AcceleratorType AcceleratorType => AcceleratorType.OpenCL;
}
