namespace AwqIlgpu.Devices;

/// <summary>A matrix of floats in the arena: rows are tokens, columns may be a slice of wider rows.</summary>
/// <param name="Offset">First byte in the arena.</param>
/// <param name="Rows">Tokens.</param>
/// <param name="Width">Columns.</param>
/// <param name="Stride">Floats from one row to the next; at least <paramref name="Width"/>.</param>
internal readonly record struct DeviceMatrix(long Offset, int Rows, int Width, int Stride)
{
    /// <summary>Some of the columns, all rows.</summary>
    public DeviceMatrix Columns(int first, int width) => new(Offset + ((long)first * sizeof(float)), Rows, width, Stride);

    /// <summary>Some of the rows, all columns.</summary>
    public DeviceMatrix Slice(int firstRow, int rows) => this with { Offset = Offset + ((long)firstRow * Stride * sizeof(float)), Rows = rows };
}
