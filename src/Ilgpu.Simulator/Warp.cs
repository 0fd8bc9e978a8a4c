using ILGPU.Simulation;

namespace ILGPU;

public static class Warp
{
    public static int WarpSize => LaneContext.Required.WarpSize;

    public static int LaneIdx => LaneContext.Required.LaneInWarp;

    public static bool IsFirstLane => LaneIdx == 0;

    public static bool IsLastLane => LaneIdx == WarpSize - 1;

    public static int WarpIdx => LaneContext.Required.Warp;

    public static int ComputeWarpIdx(Index1D groupThreadIdx) => groupThreadIdx / WarpSize;

    public static int ComputeWarpThreadIdx(Index1D groupThreadIdx) => groupThreadIdx % WarpSize;

    [Collective]
    public static void Barrier() => LaneContext.Required.WarpBarrier();

    [Collective]
    public static T Shuffle<T>(T variable, int sourceLane)
        where T : unmanaged => Exchange(variable, sourceLane, 0, WarpSize);

    [Collective]
    public static T Shuffle<T>(T variable, int sourceLane, int width)
        where T : unmanaged => Exchange(variable, Segment(sourceLane, width) + (sourceLane % width), Segment(sourceLane, width), width);

    [Collective]
    public static T ShuffleDown<T>(T variable, int delta)
        where T : unmanaged => Exchange(variable, LaneIdx + delta, 0, WarpSize);

    [Collective]
    public static T ShuffleDown<T>(T variable, int delta, int width)
        where T : unmanaged => Exchange(variable, LaneIdx + delta, Segment(LaneIdx, width), width);

    [Collective]
    public static T ShuffleUp<T>(T variable, int delta)
        where T : unmanaged => Exchange(variable, LaneIdx - delta, 0, WarpSize);

    [Collective]
    public static T ShuffleUp<T>(T variable, int delta, int width)
        where T : unmanaged => Exchange(variable, LaneIdx - delta, Segment(LaneIdx, width), width);

    [Collective]
    public static T ShuffleXor<T>(T variable, int mask)
        where T : unmanaged => Exchange(variable, LaneIdx ^ mask, 0, WarpSize);

    [Collective]
    public static T ShuffleXor<T>(T variable, int mask, int width)
        where T : unmanaged => Exchange(variable, LaneIdx ^ mask, Segment(LaneIdx, width), width);

    [Collective]
    public static T Broadcast<T>(T value, int sourceLane)
        where T : unmanaged => Exchange(value, sourceLane, 0, WarpSize);

    /// <summary>A source outside the segment gives the lane its own value back, as the hardware does.</summary>
    private static T Exchange<T>(T value, int source, int segment, int width)
        where T : unmanaged
    {
        var context = LaneContext.Required;
        if (!context.WarpExchange(value))
        {
            return default;
        }

        return source < segment || source >= segment + width ? value : context.FromWarpLane<T>(source);
    }

    private static int Segment(int lane, int width)
    {
        if (width < 1 || width > WarpSize || !int.IsPow2(width))
        {
            throw LaneContext.Required.Fault(FaultKind.InvalidOperation, $"shuffle width {width} is not a power of two up to {WarpSize}");
        }

        return lane / width * width;
    }
}
