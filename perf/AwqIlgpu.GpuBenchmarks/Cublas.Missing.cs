using ILGPU.Runtime;

namespace AwqIlgpu.GpuBenchmarks;

/// <summary>Where the simulator stands for ILGPU, there is no cuBLAS.</summary>
internal sealed class Cublas : IDisposable
{
    public static Cublas? TryLoad(Accelerator accelerator, out string why)
    {
        why = $"{accelerator} is simulated; build with -p:FullFeed=true";
        return null;
    }

    public Work Product(DeviceMemory memory, int m, int n, int k) => throw new NotSupportedException($"cuBLAS is not here for [{m}, {n}, {k}] in {memory}.");

    public void Dispose()
    {
    }
}
