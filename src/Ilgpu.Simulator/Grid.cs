using ILGPU.Simulation;

namespace ILGPU;

public static class Grid
{
    public static int IdxX => LaneContext.Required.GridIdxX;

    public static int IdxY => LaneContext.Required.GridIdxY;

    public static int IdxZ => LaneContext.Required.GridIdxZ;

    public static Index3D Index => new(IdxX, IdxY, IdxZ);

    public static int DimX => LaneContext.Required.GridDimX;

    public static int DimY => LaneContext.Required.GridDimY;

    public static int DimZ => LaneContext.Required.GridDimZ;

    public static Index3D Dimension => new(DimX, DimY, DimZ);

    public static int LinearIndex => LaneContext.Required.GroupLinear;

    public static Index3D GlobalIndex => ComputeGlobalIndex(Index, Group.Index);

    public static LongIndex3D LongGlobalIndex => ComputeLongGlobalIndex(Index, Group.Index);

    public static int GlobalLinearIndex => (LinearIndex * Group.Dimension.Size) + Group.LinearIndex;

    public static Index1D ComputeGlobalIndex(Index1D gridIdx, Index1D groupIdx) => new(checked(groupIdx.X + (gridIdx.X * Group.DimX)));

    public static Index2D ComputeGlobalIndex(Index2D gridIdx, Index2D groupIdx) =>
        new(checked(groupIdx.X + (gridIdx.X * Group.DimX)), checked(groupIdx.Y + (gridIdx.Y * Group.DimY)));

    public static Index3D ComputeGlobalIndex(Index3D gridIdx, Index3D groupIdx) => new(
        checked(groupIdx.X + (gridIdx.X * Group.DimX)),
        checked(groupIdx.Y + (gridIdx.Y * Group.DimY)),
        checked(groupIdx.Z + (gridIdx.Z * Group.DimZ)));

    public static LongIndex1D ComputeLongGlobalIndex(Index1D gridIdx, Index1D groupIdx) => new(groupIdx.X + ((long)gridIdx.X * Group.DimX));

    public static LongIndex2D ComputeLongGlobalIndex(Index2D gridIdx, Index2D groupIdx) =>
        new(groupIdx.X + ((long)gridIdx.X * Group.DimX), groupIdx.Y + ((long)gridIdx.Y * Group.DimY));

    public static LongIndex3D ComputeLongGlobalIndex(Index3D gridIdx, Index3D groupIdx) => new(
        groupIdx.X + ((long)gridIdx.X * Group.DimX),
        groupIdx.Y + ((long)gridIdx.Y * Group.DimY),
        groupIdx.Z + ((long)gridIdx.Z * Group.DimZ));
}
