using ILGPU.Runtime;
using ILGPU.Simulation;

namespace ILGPU;

/// <summary>Memory of one group; a call site names one allocation, which all lanes of the group share.</summary>
public static class SharedMemory
{
    public static ref T Allocate<T>()
        where T : unmanaged => ref LaneContext.Required.AllocateShared<T>(1).Address(0);

    public static ArrayView<T> Allocate<T>(int extent)
        where T : unmanaged => LaneContext.Required.AllocateShared<T>(extent);

    public static ArrayView<T> GetDynamic<T>()
        where T : unmanaged => LaneContext.Required.DynamicShared<T>();

    public static ArrayView1D<T, Stride1D.Dense> Allocate1D<T>(Index1D extent)
        where T : unmanaged => LaneContext.Required.AllocateShared<T>(extent);
}
