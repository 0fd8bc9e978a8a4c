namespace AwqIlgpu.Checkpoints;

/// <summary>A rectangle of unpacked int4 weights, one value of 0..15 per byte, row-major.</summary>
/// <param name="row">First output feature; a multiple of <see cref="TileShape.RowUnit"/>.</param>
/// <param name="rows">Output features; a multiple of <see cref="TileShape.RowUnit"/> or all that are left.</param>
/// <param name="column">First input feature; a multiple of the group size.</param>
/// <param name="columns">Input features; a multiple of the group size.</param>
/// <param name="values">[rows, columns].</param>
internal readonly ref struct Int4Tile(int row, int rows, int column, int columns, ReadOnlySpan<byte> values)
{
    public int Row { get; } = row;

    public int Rows { get; } = rows;

    public int Column { get; } = column;

    public int Columns { get; } = columns;

    public ReadOnlySpan<byte> Values { get; } = values;
}

/// <summary>Takes one rectangle of a linear layer's int4 weights; the tile is valid during the call only.</summary>
internal delegate void Int4TileHandler(Int4Tile tile);
