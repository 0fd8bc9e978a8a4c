using System.Runtime.InteropServices;
using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Tests.Checkpoints;

public class FiniteFloatsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(99)]
    public void IndexOfOther_OneBadElement_FoundInEveryType(int index)
    {
        foreach (float bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            // The largest finite values of the types beside it.
            var halves = Enumerable.Repeat(Half.MaxValue, 100).ToArray();
            ushort[] brains = [.. Enumerable.Repeat((ushort)0x7F7F, 100)];
            float[] singles = [.. Enumerable.Repeat(float.MinValue, 100)];
            Assert.Equal(-1, FiniteFloats.IndexOfOther(MemoryMarshal.AsBytes<Half>(halves), TensorType.Float16));
            Assert.Equal(-1, FiniteFloats.IndexOfOther(MemoryMarshal.AsBytes<ushort>(brains), TensorType.BFloat16));
            Assert.Equal(-1, FiniteFloats.IndexOfOther(MemoryMarshal.AsBytes<float>(singles), TensorType.Float32));
            halves[index] = (Half)bad;
            brains[index] = (ushort)(BitConverter.SingleToUInt32Bits(bad) >> 16);
            singles[index] = bad;
            Assert.Equal(index, FiniteFloats.IndexOfOther(MemoryMarshal.AsBytes<Half>(halves), TensorType.Float16));
            Assert.Equal(index, FiniteFloats.IndexOfOther(MemoryMarshal.AsBytes<ushort>(brains), TensorType.BFloat16));
            Assert.Equal(index, FiniteFloats.IndexOfOther(MemoryMarshal.AsBytes<float>(singles), TensorType.Float32));
        }
    }
}
