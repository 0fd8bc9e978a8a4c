namespace AwqIlgpu.Checkpoints;

/// <summary>How large the rectangles are in which a packed weight is read: about 2 MiB unpacked, in the order of the file.</summary>
/// <param name="Rows">Output features per tile.</param>
/// <param name="Columns">Input features per tile; a multiple of the group size.</param>
internal readonly record struct TileShape(int Rows, int Columns)
{
    /// <summary>Tiles begin at multiples of this many rows: a whole Marlin block, and enough for any panel of rows that a kernel interleaves.</summary>
    public const int RowUnit = 64;

    private const int TargetValues = 2 << 20;

    public static TileShape For(LinearInfo info)
    {
        // GEMM and Marlin lie by input feature: a strip of all rows and a few groups is one stretch of the file.
        // The others lie by output feature: all columns of a few rows.
        bool byInput = info.Layout is WeightLayout.Gemm or WeightLayout.Marlin;
        int unitColumns = byInput ? info.GroupSize : info.InFeatures;
        int rows = Math.Min(info.OutFeatures, Math.Max(1, TargetValues / unitColumns / RowUnit) * RowUnit);
        int groups = rows < info.OutFeatures ? 1 : (int)Math.Max(1, TargetValues / ((long)rows * unitColumns));
        return new TileShape(rows, Math.Min(info.InFeatures, groups * unitColumns));
    }
}
