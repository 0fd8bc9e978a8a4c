namespace AwqIlgpu.Checkpoints;

/// <summary>Where one tensor lies and what it is, as a safetensors header says; the data is not read.</summary>
/// <param name="Name">Name in the header.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Path">The file that holds it.</param>
/// <param name="Offset">First byte in that file.</param>
/// <param name="ByteCount">Bytes, equal to shape times element size.</param>
internal sealed record TensorInfo(string Name, TensorType Type, long[] Shape, string Path, long Offset, long ByteCount)
{
    /// <summary>Number of elements.</summary>
    public long ElementCount => ByteCount / Type.Size();

    /// <summary>A shape as messages write it: <c>[2048, 256]</c>.</summary>
    public static string ShapeText(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    /// <summary>Element <paramref name="index"/> as messages write it: <c>name[3, 17]</c>.</summary>
    public string ElementText(long index)
    {
        var position = new long[Shape.Length];
        for (int d = Shape.Length - 1; d >= 0; d--)
        {
            (index, position[d]) = Math.DivRem(index, Shape[d]);
        }

        return Name + ShapeText(position);
    }
}
