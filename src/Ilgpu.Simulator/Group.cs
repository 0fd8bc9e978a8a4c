using ILGPU.Simulation;

namespace ILGPU;

public static class Group
{
    public static int IdxX => LaneContext.Required.IdxX;

    public static int IdxY => LaneContext.Required.IdxY;

    public static int IdxZ => LaneContext.Required.IdxZ;

    public static Index3D Index => new(IdxX, IdxY, IdxZ);

    public static int DimX => LaneContext.Required.GroupDimX;

    public static int DimY => LaneContext.Required.GroupDimY;

    public static int DimZ => LaneContext.Required.GroupDimZ;

    public static Index3D Dimension => new(DimX, DimY, DimZ);

    public static int LinearIndex => LaneContext.Required.Lane;

    public static bool IsFirstThread => LinearIndex == 0;

    public static bool IsLastThread => LinearIndex == Dimension.Size - 1;

    [Collective]
    public static void Barrier() => LaneContext.Required.GroupExchange(0);

    [Collective]
    public static int BarrierPopCount(bool predicate)
    {
        var context = LaneContext.Required;
        return context.GroupExchange(predicate ? 1 : 0) ? context.CountGroupPredicates() : 0;
    }

    [Collective]
    public static bool BarrierAnd(bool predicate)
    {
        var context = LaneContext.Required;
        return context.GroupExchange(predicate ? 1 : 0) && context.CountGroupPredicates() == context.GroupSize;
    }

    [Collective]
    public static bool BarrierOr(bool predicate)
    {
        var context = LaneContext.Required;
        return context.GroupExchange(predicate ? 1 : 0) && context.CountGroupPredicates() != 0;
    }

    [Collective]
    public static T Broadcast<T>(T value, int groupIndex)
        where T : unmanaged
    {
        var context = LaneContext.Required;
        return context.GroupExchange(value) ? context.FromGroupLane<T>(groupIndex) : default;
    }
}
