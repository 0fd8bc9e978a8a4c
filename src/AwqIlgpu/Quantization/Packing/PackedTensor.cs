using System.Runtime.InteropServices;
using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Quantization.Packing;

/// <summary>One tensor of a packed linear layer, ready to be written.</summary>
/// <param name="Name">The last part of its name, for example <c>qweight</c>.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Data">Little-endian elements, row-major.</param>
internal sealed record PackedTensor(string Name, TensorType Type, long[] Shape, byte[] Data)
{
    public static PackedTensor Create<T>(string name, TensorType type, T[] data, params long[] shape)
        where T : unmanaged =>
        new(name, type, shape, MemoryMarshal.AsBytes<T>(data).ToArray());
}
