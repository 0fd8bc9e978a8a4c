using ILGPU;
using ILGPU.Runtime;

namespace Ilgpu.Simulator.Tests;

public class LaunchCountersTests
{
    private const int Threads = 64;
    private const int Groups = 4;
    private const int Count = Threads * Groups;
    private const int Warps = Count / 32;

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 8)]
    [InlineData(8, 32)]
    [InlineData(32, 32)]
    public void GlobalSectors_StridedReads_GrowWithStride(int stride, int sectorsPerWarp)
    {
        using var device = new Device(counting: true);
        using var x = device.Accelerator.Allocate1D<float>(Count * stride);
        x.MemSetToZero();
        using var y = device.Accelerator.Allocate1D<float>(Count);
        device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, int, int>(Copy)((Groups, Threads), x.View, y.View, stride, 0);
        var counters = device.Counters;
        Assert.Equal(2 * Warps, counters.GlobalRequests);
        Assert.Equal(Warps * (sectorsPerWarp + 4), counters.GlobalSectors);
        Assert.Equal(Warps * (4 + 4), counters.IdealGlobalSectors);
        Assert.Equal((Count * 4, Count * 4), (counters.GlobalBytesRead, counters.GlobalBytesWritten));
        Assert.Equal((Groups, 0), (counters.Groups, counters.Barriers));
    }

    [Fact]
    public void GlobalSectors_MisalignedReads_TouchOneMore()
    {
        using var device = new Device(counting: true);
        using var x = device.Accelerator.Allocate1D<float>(Count + 1);
        x.MemSetToZero();
        using var y = device.Accelerator.Allocate1D<float>(Count);
        device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, int, int>(Copy)((Groups, Threads), x.View, y.View, 1, 1);
        Assert.Equal(Warps * (5 + 4), device.Counters.GlobalSectors);
    }

    [Fact]
    public void GlobalSectors_Broadcast_IsOne()
    {
        using var device = new Device(counting: true);
        using var x = device.Accelerator.Allocate1D(new float[] { 1 });
        using var y = device.Accelerator.Allocate1D<float>(Count);
        device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, int, int>(Copy)((Groups, Threads), x.View, y.View, 0, 0);
        Assert.Equal((Warps * 5, Warps * 5), (device.Counters.GlobalSectors, device.Counters.IdealGlobalSectors));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(32, 31)]
    [InlineData(33, 0)]
    public void BankConflicts_StridedSharedAccess_GrowWithStride(int stride, int conflictsPerRequest)
    {
        using var device = new Device(counting: true);
        using var y = device.Accelerator.Allocate1D<int>(32);
        device.Accelerator.LoadStreamKernel<ArrayView<int>, int>(ThroughShared)((1, 32), y.View, stride);
        var counters = device.Counters;
        Assert.Equal(2, counters.SharedRequests);
        Assert.Equal(2 * conflictsPerRequest, counters.BankConflicts);
        Assert.Equal((128, 128, 33 * 32 * 4), (counters.SharedBytesRead, counters.SharedBytesWritten, counters.SharedBytesAllocated));
        Assert.Equal(1, counters.Barriers);
    }

    [Fact]
    public void BankConflicts_NeighbouringVectors_AreNone()
    {
        using var device = new Device(counting: true);
        using var y = device.Accelerator.Allocate1D<int>(4);
        device.Accelerator.LoadStreamKernel<ArrayView<int>>(VectorsThroughShared)((1, 32), y.View);
        Assert.Equal((2, 0), (device.Counters.SharedRequests, device.Counters.BankConflicts));
    }

    private static void Copy(ArrayView<float> x, ArrayView<float> y, int stride, int offset)
    {
        int i = (Grid.IdxX * Group.DimX) + Group.IdxX;
        y[i] = x[(i * stride) + offset];
    }

    private static void ThroughShared(ArrayView<int> y, int stride)
    {
        var shared = SharedMemory.Allocate<int>(33 * 32);
        shared[Group.IdxX * stride] = Group.IdxX;
        Group.Barrier();
        y[Group.IdxX] = shared[Group.IdxX * stride];
    }

    private static void VectorsThroughShared(ArrayView<int> y)
    {
        var shared = SharedMemory.Allocate<Int4>(32);
        shared[Group.IdxX] = default;
        var read = shared[Group.IdxX];
        if (Group.IdxX == 0)
        {
            y[0] = read.A;
        }
    }

    private struct Int4
    {
        public int A;
        public int B;
        public int C;
        public int D;
    }
}
