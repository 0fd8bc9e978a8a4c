using AwqIlgpu.Kernels;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Weights of which a lane reads eight neighbouring columns of a row at a time.</summary>
internal interface ITileWeights<TSelf>
    where TSelf : struct
{
    /// <summary>n.</summary>
    int Rows { get; }

    /// <summary>k; a multiple of 8.</summary>
    int Columns { get; }

    /// <summary>Columns 8 * oct to 8 * oct + 7 of a row, as floats.</summary>
    Float8 Load(int row, int oct);

    /// <summary>The matrix of the same shape that stands some bytes behind this one.</summary>
    TSelf Next(long bytes);
}

/// <summary>Eight floats.</summary>
internal struct Float8
{
    public Float4 Low;
    public Float4 High;
}

/// <summary>Int4 weights.</summary>
internal readonly struct Int4TileWeights(Int4View view) : ITileWeights<Int4TileWeights>
{
    private readonly Int4View _view = view;

    public int Rows => _view.Rows;

    public int Columns => _view.Columns;

    public Int4TileWeights Next(long bytes) => new(_view.Next(bytes));

    public Float8 Load(int row, int oct)
    {
        int panel = row / Int4Shape.PanelRows;
        int rowInPanel = row % Int4Shape.PanelRows;
        int block = oct * 8 / _view.BlockSize;
        uint word = _view.Weights.Cast<uint>()[(((panel * _view.Columns / 8) + oct) * Int4Shape.PanelRows) + rowInPanel];
        int zeroPoints = _view.ZeroPoints[(((panel * _view.Blocks) + block) * 4) + (rowInPanel / 4)];
        float offset = Int4Bits.Offset((zeroPoints >> (rowInPanel % 4 * 4)) & 15);
        float scale = _view.Scale(panel, block, rowInPanel);
        return new Float8
        {
            Low = new Float4(
                (Int4Bits.Raised(word, 0) - offset) * scale,
                (Int4Bits.Raised(word, 8) - offset) * scale,
                (Int4Bits.Raised(word, 16) - offset) * scale,
                (Int4Bits.Raised(word, 24) - offset) * scale),
            High = new Float4(
                (Int4Bits.Raised(word, 4) - offset) * scale,
                (Int4Bits.Raised(word, 12) - offset) * scale,
                (Int4Bits.Raised(word, 20) - offset) * scale,
                (Int4Bits.Raised(word, 28) - offset) * scale),
        };
    }
}

/// <summary>Float weights.</summary>
internal readonly struct FloatTileWeights(FloatView view) : ITileWeights<FloatTileWeights>
{
    private readonly FloatView _view = view;

    public int Rows => _view.Rows;

    public int Columns => _view.Columns;

    public FloatTileWeights Next(long bytes) => new(_view.Next(bytes));

    public Float8 Load(int row, int oct) => _view.Oct(((long)row * _view.Columns / 8) + oct);
}
