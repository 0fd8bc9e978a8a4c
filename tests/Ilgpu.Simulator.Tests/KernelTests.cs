using ILGPU;
using ILGPU.Runtime;
using ILGPU.Simulation;

namespace Ilgpu.Simulator.Tests;

public class KernelTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void LoadAutoGroupedStreamKernel_VectorAdd_AddsEachElement(bool checks)
    {
        using var device = new Device(checks: checks);
        const int Count = 1000;
        using var x = device.Accelerator.Allocate1D(Enumerable.Range(0, Count).Select(i => (float)i).ToArray());
        using var y = device.Accelerator.Allocate1D<float>(Count);
        var kernel = device.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float, ArrayView1D<float, Stride1D.Dense>>(Add);
        kernel(Count, x.View, 0.5f, y.View);
        device.Accelerator.Synchronize();
        Assert.Equal(Enumerable.Range(0, Count).Select(i => i + 0.5f), y.GetAsArray1D());
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(32, true)]
    [InlineData(64, true)]
    [InlineData(32, false)]
    public void LoadKernel_SharedReduction_SumsEachGroup(int warpSize, bool checks)
    {
        using var device = new Device(AcceleratorType.CPU, new SimulatedDevice { WarpSize = warpSize }, checks);
        const int Groups = 5;
        using var x = device.Accelerator.Allocate1D(Enumerable.Range(0, Groups * Threads).Select(i => (float)i).ToArray());
        using var y = device.Accelerator.Allocate1D<float>(Groups);
        var kernel = device.Accelerator.LoadKernel<ArrayView<float>, ArrayView<float>>(GroupSum);
        kernel(device.Accelerator.DefaultStream, (Groups, Threads), x.View, y.View);
        Assert.Equal(Enumerable.Range(0, Groups).Select(g => (float)Enumerable.Range(g * Threads, Threads).Sum()), y.GetAsArray1D());
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(64, true)]
    [InlineData(32, false)]
    public void LoadStreamKernel_ShuffleReduction_SumsEachWarp(int warpSize, bool checks)
    {
        using var device = new Device(AcceleratorType.CPU, new SimulatedDevice { WarpSize = warpSize }, checks);
        using var x = device.Accelerator.Allocate1D(Enumerable.Range(0, Threads).ToArray());
        using var y = device.Accelerator.Allocate1D<int>(Threads / warpSize);
        device.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>(WarpSum)((1, Threads), x.View, y.View);
        Assert.Equal(
            Enumerable.Range(0, Threads / warpSize).Select(w => Enumerable.Range(w * warpSize, warpSize).Sum()), y.GetAsArray1D());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Atomic_AllLanesOfAllGroups_CountsEach(bool checks)
    {
        using var device = new Device(checks: checks);
        using var sums = device.Accelerator.Allocate1D<int>(5);
        sums.MemSetToZero();
        device.Accelerator.LoadStreamKernel<ArrayView<int>>(CountLanes)((7, Threads), sums.View);
        Assert.Equal([7 * Threads, Threads - 1, 9, 5, 255], sums.GetAsArray1D());
    }

    [Fact]
    public void GroupOperations_Predicates_AgreeForAllLanes()
    {
        using var device = new Device();
        using var y = device.Accelerator.Allocate1D<int>(4 * Threads);
        device.Accelerator.LoadStreamKernel<ArrayView<int>>(GroupVotes)((1, Threads), y.View);
        int[] result = y.GetAsArray1D();
        for (int lane = 0; lane < Threads; lane++)
        {
            Assert.Equal([Threads / 4, 0, 1, 500], result[(4 * lane)..((4 * lane) + 4)]);
        }
    }

    [Fact]
    public void Warp_ShufflesWithWidth_StayInSegment()
    {
        using var device = new Device();
        using var y = device.Accelerator.Allocate1D<int>(5 * 32);
        device.Accelerator.LoadStreamKernel<ArrayView<int>>(Shuffles)((1, 32), y.View);
        int[] result = y.GetAsArray1D();
        for (int lane = 0; lane < 32; lane++)
        {
            int segment = lane / 8 * 8;
            Assert.Equal(
                [
                    lane + 3 < 32 ? lane + 3 : lane,
                    lane + 3 < segment + 8 ? lane + 3 : lane,
                    lane - 3 >= segment ? lane - 3 : lane,
                    lane ^ 5,
                    7,
                ],
                result[(5 * lane)..((5 * lane) + 5)]);
        }
    }

    [Fact]
    public void Kernel_InterfaceOfStructArgument_IsCalledAndMayWait()
    {
        using var device = new Device();
        using var y = device.Accelerator.Allocate1D<float>(64);
        device.Accelerator.LoadStreamKernel<ArrayView<float>>(Generic<WarpMaximum>)((1, 64), y.View);
        Assert.Equal(Enumerable.Range(0, 64).Select(lane => lane < 32 ? 31f : 63f), y.GetAsArray1D());
    }

    [Fact]
    public void Kernel_TwoDimensionalGroup_NumbersLanesByXFirst()
    {
        using var device = new Device();
        using var y = device.Accelerator.Allocate1D<int>(2 * 3 * 4 * 2);
        device.Accelerator.LoadStreamKernel<ArrayView<int>>(Coordinates)((new Index2D(2, 3), new Index2D(4, 2)), y.View);
        int[] result = y.GetAsArray1D();
        Assert.Equal(0, result[0]);
        Assert.Equal(1213, result[47]);
        Assert.Equal(1201, result[(4 * 8) + 5]);
    }

    [Fact]
    public void Kernel_DynamicSharedAndLocalMemory_AreSharedAndPrivate()
    {
        using var device = new Device();
        using var y = device.Accelerator.Allocate1D<int>(Threads);
        var kernel = device.Accelerator.LoadStreamKernel<ArrayView<int>>(ReverseThroughDynamic);
        kernel(new KernelConfig(1, Threads, SharedMemoryConfig.RequestDynamic<int>(Threads)), y.View);
        Assert.Equal(Enumerable.Range(0, Threads).Select(i => (Threads - 1 - i) * 3), y.GetAsArray1D());
    }

    [Fact]
    public void LoadAutoGroupedStreamKernel_Index2D_CoversTheExtentOnce()
    {
        using var device = new Device();
        using var y = device.Accelerator.Allocate1D<int>(30 * 20);
        y.MemSetToZero();
        device.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView<int>>(Plane)(new Index2D(30, 20), y.View);
        Assert.Equal(Enumerable.Range(0, 30 * 20), y.GetAsArray1D());
    }

    [Fact]
    public void LoadKernel_Specialized_RefusesLargerGroups()
    {
        using var device = new Device();
        using var y = device.Accelerator.Allocate1D<int>(64);
        var kernel = device.Accelerator.LoadKernel<ArrayView<int>, SpecializedValue<int>>(StoreConstant, new KernelSpecialization(64, null));
        kernel(device.Accelerator.DefaultStream, (1, 64), y.View, SpecializedValue.New(7));
        Assert.All(y.GetAsArray1D(), value => Assert.Equal(7, value));
        Assert.Throws<ArgumentOutOfRangeException>(() => kernel(device.Accelerator.DefaultStream, (1, 65), y.View, SpecializedValue.New(7)));
    }

    [Fact]
    public void Launch_ManyGroupsWithoutChecks_GivesTheSameInParallel()
    {
        using var device = new Device(checks: false);
        const int Groups = 500;
        using var x = device.Accelerator.Allocate1D(Enumerable.Range(0, Groups * Threads).Select(i => (float)(i % 1000)).ToArray());
        using var y = device.Accelerator.Allocate1D<float>(Groups);
        using var z = device.Accelerator.Allocate1D<float>(Groups);
        var kernel = device.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>>(GroupSum);
        kernel((Groups, Threads), x.View, y.View);
        device.Accelerator.GetSimulation().Checks = true;
        kernel((Groups, Threads), x.View, z.View);
        Assert.Equal(z.GetAsArray1D(), y.GetAsArray1D());
    }

    private const int Threads = 128;

    private static void Plane(Index2D index, ArrayView<int> y) => Atomic.Add(ref y[(index.Y * 30) + index.X], (index.Y * 30) + index.X);

    private static void StoreConstant(ArrayView<int> y, SpecializedValue<int> value) => y[Group.IdxX] = value;

    private static void Add(Index1D index, ArrayView<float> x, float added, ArrayView1D<float, Stride1D.Dense> y) => y[index] = x[index] + added;

    private static void GroupSum(ArrayView<float> x, ArrayView<float> y)
    {
        var partial = SharedMemory.Allocate<float>(Threads);
        partial[Group.IdxX] = x[(Grid.IdxX * Threads) + Group.IdxX];
        Group.Barrier();
        for (int half = Threads / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                partial[Group.IdxX] += partial[Group.IdxX + half];
            }

            Group.Barrier();
        }

        if (Group.IsFirstThread)
        {
            y[Grid.IdxX] = partial[0];
        }
    }

    private static void WarpSum(ArrayView<int> x, ArrayView<int> y)
    {
        int sum = SumOverWarp(x[Group.IdxX]);
        if (Warp.IsFirstLane)
        {
            y[Warp.WarpIdx] = sum;
        }
    }

    private static int SumOverWarp(int value)
    {
        for (int mask = Warp.WarpSize / 2; mask > 0; mask /= 2)
        {
            value += Warp.ShuffleXor(value, mask);
        }

        return value;
    }

    private static void CountLanes(ArrayView<int> sums)
    {
        Atomic.Add(ref sums[0], 1);
        Atomic.Max(ref sums[1], Group.IdxX);
        Atomic.CompareExchange(ref sums[2], 0, 9);
        Atomic.Exchange(ref sums[3], 5);
        Atomic.Or(ref sums[4], 1 << (Group.IdxX % 8));
    }

    private static void GroupVotes(ArrayView<int> y)
    {
        bool isFourth = Group.IdxX % 4 == 0;
        int start = 4 * Group.IdxX;
        y[start] = Group.BarrierPopCount(isFourth);
        y[start + 1] = Group.BarrierAnd(isFourth) ? 1 : 0;
        y[start + 2] = Group.BarrierOr(isFourth) ? 1 : 0;
        y[start + 3] = Group.Broadcast(Group.IdxX * 100, 5);
    }

    private static void Shuffles(ArrayView<int> y)
    {
        int lane = Warp.LaneIdx;
        int start = 5 * lane;
        y[start] = Warp.ShuffleDown(lane, 3);
        y[start + 1] = Warp.ShuffleDown(lane, 3, 8);
        y[start + 2] = Warp.ShuffleUp(lane, 3, 8);
        y[start + 3] = Warp.ShuffleXor(lane, 5);
        y[start + 4] = Warp.Broadcast(lane, 7);
    }

    private static void Coordinates(ArrayView<int> y)
    {
        y[(Grid.LinearIndex * 8) + Group.LinearIndex] = (1000 * Group.IdxY) + (100 * Grid.IdxY) + (10 * Grid.IdxX) + Group.IdxX;
    }

    private static void ReverseThroughDynamic(ArrayView<int> y)
    {
        var shared = SharedMemory.GetDynamic<int>();
        var local = LocalMemory.Allocate<int>(4);
        for (int i = 0; i < 4; i++)
        {
            local[i] = Group.IdxX * i;
        }

        Group.Barrier();
        shared[Group.IdxX] = local[3];
        Group.Barrier();
        y[Group.IdxX] = shared[Threads - 1 - Group.IdxX];
    }

    private interface IReduction
    {
        float Reduce(float value);
    }

    private readonly struct WarpMaximum : IReduction
    {
        public float Reduce(float value)
        {
            for (int mask = 16; mask > 0; mask /= 2)
            {
                value = Math.Max(value, Warp.ShuffleXor(value, mask));
            }

            return value;
        }
    }

    private static void Generic<TReduction>(ArrayView<float> y)
        where TReduction : struct, IReduction => y[Group.IdxX] = default(TReduction).Reduce(Group.IdxX);
}
