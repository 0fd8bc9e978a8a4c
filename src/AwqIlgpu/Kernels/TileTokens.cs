namespace AwqIlgpu.Kernels;

/// <summary>Tokens of a register tile, as a type, so that a tile of each size is compiled from one text.</summary>
internal interface ITileTokens
{
    static abstract int Count { get; }
}

internal readonly struct Two : ITileTokens
{
    public static int Count => 2;
}

internal readonly struct Three : ITileTokens
{
    public static int Count => 3;
}

internal readonly struct Four : ITileTokens
{
    public static int Count => 4;
}

internal readonly struct Five : ITileTokens
{
    public static int Count => 5;
}
