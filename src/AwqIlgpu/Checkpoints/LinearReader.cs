using AwqIlgpu.Checkpoints.Layouts;

namespace AwqIlgpu.Checkpoints;

/// <summary>Reads a packed linear layer of any layout as plain integers, scales and zero points, through a bounded staging buffer.</summary>
internal static class LinearReader
{
    /// <summary>Bytes of staging that <see cref="ReadInt4"/> needs: one tile packed and unpacked. 0 for a layer that is not packed.</summary>
    public static int StagingBytes(LinearInfo info)
    {
        if (info.Layout == WeightLayout.Float)
        {
            return 0;
        }

        var tile = TileShape.For(info);
        return PackedBytes(info, tile) + (tile.Rows * tile.Columns);
    }

    /// <summary>Reads scales and zero points: w[n, k] = (q[n, k] - zeroPoints[n, k / group]) * scales[n, k / group].</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="info">A packed layer of it.</param>
    /// <param name="scales">[out, groups], exact values of the stored fp16, bf16 or fp32.</param>
    /// <param name="zeroPoints">[out, groups], 0..15; 8 everywhere where the layout is symmetric.</param>
    /// <exception cref="InvalidDataException">A scale is NaN or infinite, or a zero point is not in 0..15.</exception>
    public static void ReadGroups(Checkpoint checkpoint, LinearInfo info, Span<float> scales, Span<byte> zeroPoints)
    {
        long count = (long)info.OutFeatures * info.Groups;
        if (scales.Length != count || zeroPoints.Length != count)
        {
            throw new ArgumentException($"{info.Prefix} has {info.OutFeatures} rows of {info.Groups} groups; got room for {scales.Length} scales and {zeroPoints.Length} zero points.");
        }

        switch (info.Layout)
        {
            case WeightLayout.Gemm:
                GemmLayout.ReadGroups(checkpoint, info, scales, zeroPoints);
                break;
            case WeightLayout.Gemv:
                GemvLayout.ReadGroups(checkpoint, info, scales, zeroPoints);
                break;
            case WeightLayout.GemvFast:
                GemvFastLayout.ReadGroups(checkpoint, info, scales, zeroPoints);
                break;
            case WeightLayout.Marlin:
                MarlinLayout.ReadGroups(checkpoint, info, scales, zeroPoints);
                break;
            case WeightLayout.CompressedTensors:
                CompressedTensorsLayout.ReadGroups(checkpoint, info, scales, zeroPoints);
                break;
            default:
                throw NotPacked(info);
        }
    }

    /// <summary>Reads the integers tile by tile, in the order of the file; every value comes once.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="info">A packed layer of it.</param>
    /// <param name="staging">At least <see cref="StagingBytes"/>; tiles point into it.</param>
    /// <param name="handler">Called once per tile.</param>
    public static void ReadInt4(Checkpoint checkpoint, LinearInfo info, Span<byte> staging, Int4TileHandler handler)
    {
        if (info.Layout == WeightLayout.Float)
        {
            throw NotPacked(info);
        }

        if (staging.Length < StagingBytes(info))
        {
            throw new ArgumentException($"{info.Prefix} needs {StagingBytes(info)} bytes of staging; got {staging.Length}.", nameof(staging));
        }

        var shape = TileShape.For(info);
        var packed = staging[..PackedBytes(info, shape)];
        var values = staging.Slice(packed.Length, shape.Rows * shape.Columns);
        for (int column = 0; column < info.InFeatures; column += shape.Columns)
        {
            int columns = Math.Min(shape.Columns, info.InFeatures - column);
            for (int row = 0; row < info.OutFeatures; row += shape.Rows)
            {
                int rows = Math.Min(shape.Rows, info.OutFeatures - row);
                var tile = values[..(rows * columns)];
                ReadTile(checkpoint, info, row, rows, column, columns, packed, tile);
                handler(new Int4Tile(row, rows, column, columns, tile));
            }
        }
    }

    private static void ReadTile(Checkpoint checkpoint, LinearInfo info, int row, int rows, int column, int columns, Span<byte> packed, Span<byte> values)
    {
        switch (info.Layout)
        {
            case WeightLayout.Gemm:
                GemmLayout.ReadTile(checkpoint, info, row, rows, column, columns, packed, values);
                break;
            case WeightLayout.Gemv:
                GemvLayout.ReadTile(checkpoint, info, row, rows, packed, values);
                break;
            case WeightLayout.GemvFast:
                GemvFastLayout.ReadTile(checkpoint, info, row, rows, packed, values);
                break;
            case WeightLayout.Marlin:
                MarlinLayout.ReadTile(checkpoint, info, row, rows, column, columns, packed, values);
                break;
            default:
                CompressedTensorsLayout.ReadTile(checkpoint, info, row, rows, packed, values);
                break;
        }
    }

    // Rows of compressed-tensors end on a whole int32; in the other layouts tiles have an even number of values per row or 8 rows.
    private static int PackedBytes(LinearInfo info, TileShape tile) => info.Layout == WeightLayout.CompressedTensors
        ? tile.Rows * CompressedTensorsLayout.RowBytes(info.InFeatures)
        : tile.Rows * tile.Columns / 2;

    private static ArgumentException NotPacked(LinearInfo info) => new($"{info.Prefix} is not packed; read its weight as floats.", nameof(info));
}
