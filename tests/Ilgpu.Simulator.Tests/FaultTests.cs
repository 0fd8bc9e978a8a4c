using ILGPU;
using ILGPU.Runtime;
using ILGPU.Simulation;

namespace Ilgpu.Simulator.Tests;

/// <summary>Each kernel here has one fault planted; the error must say what and where.</summary>
public class FaultTests
{
    private const int Threads = 64;

    [Fact]
    public void Launch_BarrierRemoved_ReportsRace()
    {
        var fault = Run(SumWithoutBarrier);
        Assert.Equal(FaultKind.Race, fault.Kind);
        Assert.Contains("read by lane", fault.Message, StringComparison.Ordinal);
        AssertPlace(fault, nameof(SumWithoutBarrier), "partial[Group.IdxX] += partial[Group.IdxX + half]; // no barrier");
    }

    [Fact]
    public void Launch_IndexOneOff_ReportsOutOfBounds()
    {
        var fault = Run(IndexOneOff);
        Assert.Equal(FaultKind.OutOfBounds, fault.Kind);
        Assert.Equal(Threads - 1, fault.Lane);
        Assert.Equal(2 * Threads, fault.Index);
        Assert.Equal(new Index3D(1, 0, 0), fault.Group);
        Assert.Contains($"index {2 * Threads} is outside a view of {2 * Threads} elements of Int32", fault.Message, StringComparison.Ordinal);
        AssertPlace(fault, nameof(IndexOneOff), "y[1 + (Grid.IdxX * Threads) + Group.IdxX] = 1;");
    }

    [Fact]
    public void Launch_OneOffWithoutChecks_StillReportsOutOfBounds() =>
        Assert.Equal(FaultKind.OutOfBounds, Run(IndexOneOff, checks: false).Kind);

    [Fact]
    public void Launch_NegativeIndex_ReportsOutOfBounds() => Assert.Equal(-1, Run(NegativeIndex).Index);

    [Fact]
    public void Launch_SubViewTooLong_ReportsOutOfBounds() => Assert.Equal(FaultKind.OutOfBounds, Run(SubViewTooLong).Kind);

    [Fact]
    public void Launch_TwoLanesWriteOneElement_ReportsRace()
    {
        var fault = Run(TwoWriters);
        Assert.Equal((FaultKind.Race, 2, 1L), (fault.Kind, fault.Lane, fault.Index!.Value));
        Assert.Contains("written here, written by lane 1", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Launch_GroupsWriteOneElement_ReportsRaceAcrossGroups()
    {
        var fault = Run(GroupsWriteOne);
        Assert.Equal(FaultKind.Race, fault.Kind);
        Assert.Contains("written by lane 0 of group 0", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Launch_AtomicAndPlainWrite_ReportsRace() => Assert.Equal(FaultKind.Race, Run(AtomicAndPlain).Kind);

    [Fact]
    public void Launch_NeighbouringBytes_AreNoRace() => RunClean(NeighbouringBytes);

    [Fact]
    public void Launch_WarpBarrierBetweenLanesOfAWarp_IsNoRace() => RunClean(OrderedByWarpBarrier);

    [Fact]
    public void Launch_WarpBarrierBetweenWarps_ReportsRace() => Assert.Equal(FaultKind.Race, Run(NotOrderedByWarpBarrier).Kind);

    [Fact]
    public void Launch_BarrierInBranch_ReportsDivergence()
    {
        var fault = Run(BarrierInBranch);
        Assert.Equal(FaultKind.BarrierDivergence, fault.Kind);
        Assert.Contains("lane 32 has finished", fault.Message, StringComparison.Ordinal);
        AssertPlace(fault, nameof(BarrierInBranch), "Group.Barrier(); // half of the lanes");
    }

    [Fact]
    public void Launch_DifferentBarriers_ReportsDivergence() => Assert.Equal(FaultKind.BarrierDivergence, Run(DifferentBarriers).Kind);

    [Fact]
    public void Launch_ShuffleInBranch_ReportsDivergence() => Assert.Equal(FaultKind.BarrierDivergence, Run(ShuffleInBranch).Kind);

    [Fact]
    public void Launch_SharedReadBeforeWrite_ReportsUninitialized()
    {
        var fault = Run(SharedReadBeforeWrite);
        Assert.Equal((FaultKind.UninitializedShared, 63L), (fault.Kind, fault.Index!.Value));
        AssertPlace(fault, nameof(SharedReadBeforeWrite), "y[Group.IdxX] = shared[Threads - 1 - Group.IdxX]; // last not written");
    }

    [Fact]
    public void Launch_MisalignedVectorLoad_ReportsMisaligned() => Assert.Equal(FaultKind.Misaligned, Run(MisalignedVector).Kind);

    [Fact]
    public void Launch_DivisionByZero_ReportsExceptionWithPlace() => Assert.Equal(FaultKind.Exception, Run(DivideByZero).Kind);

    [Fact]
    public void Launch_FaultInCalledMethod_NamesItsLine() =>
        AssertPlace(Run(CallsFaulty), nameof(CallsFaulty), "view[view.IntLength] = 3; // past the end");

    [Fact]
    public void Launch_AfterFault_RunsAgain()
    {
        Run(BarrierInBranch);
        RunClean(NeighbouringBytes);
    }

    private static SimulationException Run(Action<ArrayView<int>> kernel, bool checks = true)
    {
        using var device = new Device(checks: checks);
        using var y = device.Accelerator.Allocate1D<int>(2 * Threads);
        return Assert.Throws<SimulationException>(() => device.Accelerator.LoadStreamKernel(kernel)((2, Threads), y.View));
    }

    private static void RunClean(Action<ArrayView<int>> kernel)
    {
        using var device = new Device();
        using var y = device.Accelerator.Allocate1D<int>(2 * Threads);
        device.Accelerator.LoadStreamKernel(kernel)((1, Threads), y.View);
    }

    private static string Repository()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "AwqIlgpu.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException($"No AwqIlgpu.sln above {AppContext.BaseDirectory}.");
        }

        return folder;
    }

    /// <summary>The error names the kernel and the line with <paramref name="code"/>.</summary>
    private static void AssertPlace(SimulationException fault, string kernel, string code, [System.Runtime.CompilerServices.CallerFilePath] string file = "")
    {
        // A deterministic build writes "/_/" in place of the checkout's path.
        string source = file.StartsWith("/_/", StringComparison.Ordinal) ? Path.Combine(Repository(), file[3..]) : file;
        int line = 1 + Array.FindIndex(File.ReadAllLines(source), text => text.Trim() == code);
        Assert.Equal($"{nameof(FaultTests)}.{kernel}", fault.Kernel);
        Assert.Equal($"{nameof(FaultTests)}.cs:{line}", fault.Line);
        Assert.StartsWith($"{fault.Kernel}: group {fault.Group}, lane {fault.Lane}: ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(fault.Line, fault.Message, StringComparison.Ordinal);
    }

    private static void SumWithoutBarrier(ArrayView<int> y)
    {
        var partial = SharedMemory.Allocate<int>(Threads);
        partial[Group.IdxX] = 1;
        Group.Barrier();
        for (int half = Threads / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                partial[Group.IdxX] += partial[Group.IdxX + half]; // no barrier
            }
        }

        y[(Grid.IdxX * Threads) + Group.IdxX] = partial[Group.IdxX];
    }

    private static void IndexOneOff(ArrayView<int> y)
    {
        y[1 + (Grid.IdxX * Threads) + Group.IdxX] = 1;
    }

    private static void NegativeIndex(ArrayView<int> y) => y[Group.IdxX - 1] = 1;

    private static void SubViewTooLong(ArrayView<int> y) => y.SubView(Group.IdxX, 2 * Threads)[0] = 1;

    private static void TwoWriters(ArrayView<int> y) => y[Group.IdxX == 2 ? 1 : Group.IdxX] = 1;

    private static void GroupsWriteOne(ArrayView<int> y)
    {
        if (Group.IdxX == 0)
        {
            y[0] = Grid.IdxX;
        }
    }

    private static void AtomicAndPlain(ArrayView<int> y)
    {
        if (Group.IdxX == 7)
        {
            y[0] = 1;
        }
        else
        {
            Atomic.Add(ref y[0], 1);
        }
    }

    private static void NeighbouringBytes(ArrayView<int> y)
    {
        var shared = SharedMemory.Allocate<byte>(Threads);
        shared[Group.IdxX] = (byte)Group.IdxX;
        y.Cast<byte>()[Group.IdxX] = shared[Group.IdxX];
    }

    private static void OrderedByWarpBarrier(ArrayView<int> y)
    {
        var shared = SharedMemory.Allocate<int>(Threads);
        shared[Group.IdxX] = Group.IdxX;
        Warp.Barrier();
        y[Group.IdxX] = shared[Group.IdxX ^ 1];
    }

    private static void NotOrderedByWarpBarrier(ArrayView<int> y)
    {
        var shared = SharedMemory.Allocate<int>(Threads);
        shared[Group.IdxX] = Group.IdxX;
        Warp.Barrier();
        y[Group.IdxX] = Group.IdxX < 32 ? 0 : shared[Group.IdxX ^ 32];
    }

    private static void BarrierInBranch(ArrayView<int> y)
    {
        if (Group.IdxX < 32)
        {
            Group.Barrier(); // half of the lanes
        }
    }

    private static void DifferentBarriers(ArrayView<int> y)
    {
        if (Group.IdxX < 32)
        {
            Group.Barrier();
            y[0] = 1;
        }
        else
        {
            Group.Barrier();
            y[1] = 1;
        }
    }

    private static void ShuffleInBranch(ArrayView<int> y)
    {
        if (Group.IdxX % 2 == 0)
        {
            y[Group.IdxX] = Warp.ShuffleXor(Group.IdxX, 2);
        }
    }

    private static void SharedReadBeforeWrite(ArrayView<int> y)
    {
        var shared = SharedMemory.Allocate<int>(Threads);
        if (Group.IdxX < Threads - 1)
        {
            shared[Group.IdxX] = 1;
        }

        Group.Barrier();
        y[Group.IdxX] = shared[Threads - 1 - Group.IdxX]; // last not written
    }

    private static void MisalignedVector(ArrayView<int> y)
    {
        var vectors = y.SubView(1, 4).Cast<Int4>();
        vectors[0] = vectors[0];
    }

    private static void DivideByZero(ArrayView<int> y) => y[Group.IdxX] = 1 / (Group.IdxX - 5);

    private static void CallsFaulty(ArrayView<int> y) => WritePastEnd(y.SubView(0, 4));

    private static void WritePastEnd(ArrayView<int> view)
    {
        view[view.IntLength] = 3; // past the end
    }

    private struct Int4
    {
        public int A;
        public int B;
        public int C;
        public int D;
    }
}
