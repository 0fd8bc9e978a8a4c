using ILGPU.Runtime;
using ILGPU.Simulation;

namespace ILGPU;

/// <summary>Memory of one lane; a call site names one allocation.</summary>
public static class LocalMemory
{
    public static ArrayView<T> Allocate<T>(int extent)
        where T : unmanaged => LaneContext.Required.AllocateLocal<T>(extent);

    public static ArrayView1D<T, Stride1D.Dense> Allocate1D<T>(Index1D extent)
        where T : unmanaged => LaneContext.Required.AllocateLocal<T>(extent);
}
