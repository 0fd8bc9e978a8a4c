namespace AwqIlgpu.Cli.Output;

/// <summary>A part of a whole as a bar of blocks.</summary>
internal static class Bar
{
    /// <summary>The bar; one block at the least, unless there is nothing.</summary>
    public static string Of(long bytes, long whole, int width) =>
        bytes == 0 ? "" : new('█', (int)Math.Clamp(Math.Ceiling((double)bytes * width / whole), 1, width));
}
