using AwqIlgpu.Kernels;

namespace AwqIlgpu.Quantization;

/// <summary>Rounds tensors that stay unquantised to fp16, the type in which every AWQ checkpoint keeps them.</summary>
internal static class HalfTensor
{
    private const ushort Infinity = 0x7C00;

    /// <summary>fp16 bits of each value.</summary>
    /// <exception cref="InvalidDataException">A finite value is beyond fp16; the message names it.</exception>
    public static ushort[] Round(string name, ReadOnlySpan<float> values)
    {
        var halves = new ushort[values.Length];
        FloatConversion.SingleToHalf(values, halves);
        for (int i = 0; i < halves.Length; i++)
        {
            if ((halves[i] & Infinity) == Infinity)
            {
                throw new InvalidDataException($"{name}[{i}] is {values[i]}; fp16, in which AWQ checkpoints keep unquantised tensors, holds at most 65504.");
            }
        }

        return halves;
    }
}
