namespace AwqIlgpu.Checkpoints;

/// <summary>Where one tensor lies and what it is, as a safetensors header says; the data is not read.</summary>
/// <param name="Name">Name in the header.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Path">The file that holds it.</param>
/// <param name="Offset">First byte in that file.</param>
/// <param name="ByteCount">Bytes, equal to shape times element size.</param>
internal sealed record TensorInfo(string Name, TensorType Type, long[] Shape, string Path, long Offset, long ByteCount);
