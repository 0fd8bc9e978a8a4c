namespace ILGPU.Runtime.Cuda;

public sealed class CudaCapabilityContext(CudaArchitecture arch) : CapabilityContext
{
    public CudaArchitecture TargetArchitecture { get; } = arch;

    public bool Float16_Min => TargetArchitecture >= CudaArchitecture.SM_75;

    public bool Float16_Max => TargetArchitecture >= CudaArchitecture.SM_80;

    public bool Float16_TanH => TargetArchitecture >= CudaArchitecture.SM_80;

    public bool Float32_TanH => TargetArchitecture >= CudaArchitecture.SM_75;
}
