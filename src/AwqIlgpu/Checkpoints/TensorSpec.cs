namespace AwqIlgpu.Checkpoints;

/// <summary>A tensor that is to be written.</summary>
/// <param name="Name">Name in the file.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
internal sealed record TensorSpec(string Name, TensorType Type, long[] Shape)
{
    /// <summary>Bytes of the data.</summary>
    public long ByteCount => Shape.Aggregate((long)Type.Size(), (bytes, dimension) => checked(bytes * dimension));
}
