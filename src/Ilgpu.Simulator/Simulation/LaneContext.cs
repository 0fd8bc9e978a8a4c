using System.Runtime.CompilerServices;
using ILGPU.Runtime;

namespace ILGPU.Simulation;

/// <summary>Runs the lanes of one group after another on one thread, and is what the running lane sees of the device.</summary>
internal sealed unsafe partial class LaneContext
{
    /// <summary>Number of the place in the code that the lane is at; set by the compiled kernel.</summary>
    public int Site;

    /// <summary>A collective operation is called to give its result, not to take its arguments; set by the compiled kernel.</summary>
    public bool Completing;

    /// <summary>A lane has come to the planted fault; set by the compiled kernel.</summary>
    public bool PlantedReached;

    [ThreadStatic]
    private static LaneContext? s_current;

    private Launch _launch = null!;
    private Place[] _places = [];

    /// <summary>The context of the lane running on this thread; null on the host.</summary>
    public static LaneContext? Current => s_current;

    public static LaneContext Required => s_current ??
        throw new InvalidOperationException("This operation is only for code that runs in a kernel.");

    public Accelerator Accelerator => _launch.Accelerator;

    public int GridDimX { get; private set; }

    public int GridDimY { get; private set; }

    public int GridDimZ { get; private set; }

    public int GroupDimX { get; private set; }

    public int GroupDimY { get; private set; }

    public int GroupDimZ { get; private set; }

    public int GroupSize { get; private set; }

    public int WarpSize { get; private set; }

    public int GroupLinear { get; private set; }

    public int GridIdxX { get; private set; }

    public int GridIdxY { get; private set; }

    public int GridIdxZ { get; private set; }

    public int Lane { get; private set; }

    public int IdxX { get; private set; }

    public int IdxY { get; private set; }

    public int IdxZ { get; private set; }

    public int Warp { get; private set; }

    public int LaneInWarp { get; private set; }

    private Index3D GroupIndex => new(GridIdxX, GridIdxY, GridIdxZ);

    public static void ThrowOutOfBounds(long index, long length, Type element) => Throw(
        FaultKind.OutOfBounds, $"index {index} is outside a view of {length} elements of {element.Name}", index);

    public static void ThrowSubViewOutOfBounds(long index, long count, long length, Type element) => Throw(
        FaultKind.OutOfBounds, $"elements {index} to {index + count} are outside a view of {length} elements of {element.Name}", index);

    public static void ThrowMisplacedCast(long offset, int size, Type element) => Throw(
        FaultKind.Misaligned, $"the view starts {offset} bytes into its buffer, no whole number of {element.Name} of {size} bytes; ILGPU would move it to byte {offset / size * size}", null);

    public static void ThrowMisaligned(nint address, int alignment) => Throw(
        FaultKind.Misaligned, $"the view starts {address & (alignment - 1)} bytes past a multiple of {alignment}", null);

    /// <summary>The index of the running lane of an implicitly grouped kernel.</summary>
    public TIndex GetIndex<TIndex>()
        where TIndex : struct
    {
        long linear = ((long)GroupLinear * GroupSize) + Lane;
        switch (_launch.Extent)
        {
            case Index1D:
                var one = new Index1D((int)linear);
                return Unsafe.As<Index1D, TIndex>(ref one);
            case LongIndex1D:
                var longOne = new LongIndex1D(linear);
                return Unsafe.As<LongIndex1D, TIndex>(ref longOne);
            case Index2D extent:
                var two = new Index2D((int)(linear % extent.X), (int)(linear / extent.X));
                return Unsafe.As<Index2D, TIndex>(ref two);
            case Index3D extent:
                var three = new Index3D((int)(linear % extent.X), (int)(linear / extent.X % extent.Y), (int)(linear / extent.X / extent.Y));
                return Unsafe.As<Index3D, TIndex>(ref three);
            default:
                throw new NotSupportedException($"{typeof(TIndex).Name} is not simulated as the index of a kernel.");
        }
    }

    /// <summary>The exception for what the running lane did at <see cref="Site"/>.</summary>
    public SimulationException Fault(FaultKind kind, string problem, long? index = null, Exception? inner = null) =>
        new(kind, _launch.Name, GroupIndex, Lane, index, Line(Site), problem, inner);

    private static void Throw(FaultKind kind, string problem, long? index) => throw (s_current is { } context
        ? context.Fault(kind, problem, index)
        : new ArgumentOutOfRangeException(nameof(index), $"On the host: {problem}."));

    private string Line(int site) => _launch.Kernel.Sites is { Length: > 0 } sites ? sites[site].ToString() : "unknown line";

    /// <summary>Works out the coordinates of all lanes, for they are asked for at each turn.</summary>
    private void PlaceLanes() => _places =
    [
        .. Enumerable.Range(0, GroupSize).Select(lane => new Place(
            lane % GroupDimX, lane / GroupDimX % GroupDimY, lane / GroupDimX / GroupDimY, lane / WarpSize, lane % WarpSize)),
    ];

    private void SelectLane(int lane)
    {
        Lane = lane;
        (IdxX, IdxY, IdxZ, Warp, LaneInWarp) = _places[lane];
    }

    private void SelectGroup(int group)
    {
        GroupLinear = group;
        GridIdxX = group % GridDimX;
        GridIdxY = group / GridDimX % GridDimY;
        GridIdxZ = group / GridDimX / GridDimY;
    }

    private readonly record struct Place(int X, int Y, int Z, int Warp, int LaneInWarp);
}
