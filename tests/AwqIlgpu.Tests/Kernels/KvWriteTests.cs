using System.Runtime.InteropServices;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public unsafe class KvWriteTests
{
    private const int KvHeads = 3, HeadDimK = 13, HeadDimV = 18, Stride = 80;

    [Fact]
    public void Run_Float32_PutsEachElementInItsPlaceAndNothingElse()
    {
        var layout = new KvBlockLayout(KvHeads, HeadDimK, HeadDimV, KvType.Fp32);
        var (keys, values) = (Numbers.Normal(3 * Stride, 1), Numbers.Normal(3 * Stride, 2));
        float[] pool = MemoryMarshal.Cast<byte, float>(Write(layout, keys, values)).ToArray();
        Assert.Equal(Expected(layout, keys, values, v => v), pool);
    }

    [Fact]
    public void Run_Float16_RoundsAndSaturates()
    {
        var layout = new KvBlockLayout(KvHeads, HeadDimK, HeadDimV, KvType.Fp16);
        var (keys, values) = (Numbers.Normal(3 * Stride, 1), Numbers.Normal(3 * Stride, 2));
        keys[2 * HeadDimK] = 1e6f;
        keys[(2 * HeadDimK) + 1] = float.NegativeInfinity;
        values[(2 * HeadDimV) + 17] = 65520;
        Half[] pool = MemoryMarshal.Cast<byte, Half>(Write(layout, keys, values)).ToArray();
        Assert.Equal(Expected(layout, keys, values, v => (Half)Math.Clamp(v, -65504, 65504)), pool);
    }

    [Theory]
    [InlineData(63489)]
    [InlineData(27)]
    public void Expand_EveryFiniteHalf_IsExact(int atATime)
    {
        short[] all = [.. Enumerable.Range(0, 65536).Select(i => (short)i).Where(i => Half.IsFinite(BitConverter.Int16BitsToHalf(i))), 0x3C00];
        float[] expanded = new float[all.Length];
        fixed (short* ps = all)
        fixed (float* pe = expanded)
        {
            for (int i = 0; i < all.Length; i += atATime)
            {
                HalfKvElement.Expand(ps + i, pe + i, Math.Min(atATime, all.Length - i), ahead: 0);
            }
        }

        Assert.Equal(all.Select(bits => BitConverter.SingleToInt32Bits((float)BitConverter.Int16BitsToHalf(bits))), expanded.Select(BitConverter.SingleToInt32Bits));
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 2)]
    public void ByteCount_OfALayer_IsKeysAndValuesOfABlock(int type, int elementBytes) =>
        Assert.Equal(KvBlockLayout.BlockSize * 8 * (192 + 128) * elementBytes, new KvBlockLayout(8, 192, 128, (KvType)type).ByteCount);

    /// <summary>Writes heads 1 and 2 of three tokens to slots 33, 63 and 5 of two blocks.</summary>
    private static byte[] Write(KvBlockLayout layout, float[] keys, float[] values)
    {
        int[] slots = [33, 63, 5];
        byte[] pool = new byte[2 * layout.ByteCount];
        fixed (byte* p = pool)
        fixed (int* ps = slots)
        fixed (float* pk = keys, pv = values)
        {
            KvWrite.Run(new KvPool(p, (nint)layout.ByteCount, layout), ps, pk, Stride, pv, Stride, 3, 1, 2);
        }

        return pool;
    }

    private static T[] Expected<T>(KvBlockLayout layout, float[] keys, float[] values, Func<float, T> convert)
    {
        int blockElements = KvBlockLayout.BlockSize * KvHeads * (HeadDimK + HeadDimV);
        Assert.Equal(blockElements * (layout.Type == KvType.Fp32 ? 4 : 2), layout.ByteCount);
        var expected = new T[2 * blockElements];
        foreach (var (token, block, offset) in new[] { (0, 1, 1), (1, 1, 31), (2, 0, 5) })
        {
            for (int head = 1; head < 3; head++)
            {
                for (int d = 0; d < HeadDimK; d++)
                {
                    expected[(block * blockElements) + (((head * HeadDimK) + d) * KvBlockLayout.BlockSize) + offset] = convert(keys[(token * Stride) + (head * HeadDimK) + d]);
                }

                for (int d = 0; d < HeadDimV; d++)
                {
                    int valueStart = (block * blockElements) + (KvHeads * HeadDimK * KvBlockLayout.BlockSize);
                    expected[valueStart + (((head * KvBlockLayout.BlockSize) + offset) * HeadDimV) + d] = convert(values[(token * Stride) + (head * HeadDimV) + d]);
                }
            }
        }

        return expected;
    }
}
