namespace AwqIlgpu.Kernels;

/// <summary>Tokens or rows of a register tile, as a type, so that a tile of each size is compiled from one text.</summary>
internal interface ITileSize
{
    static abstract int Count { get; }
}

internal readonly struct One : ITileSize
{
    public static int Count => 1;
}

internal readonly struct Two : ITileSize
{
    public static int Count => 2;
}

internal readonly struct Three : ITileSize
{
    public static int Count => 3;
}

internal readonly struct Four : ITileSize
{
    public static int Count => 4;
}

internal readonly struct Five : ITileSize
{
    public static int Count => 5;
}

internal readonly struct Six : ITileSize
{
    public static int Count => 6;
}

internal readonly struct Eight : ITileSize
{
    public static int Count => 8;
}
