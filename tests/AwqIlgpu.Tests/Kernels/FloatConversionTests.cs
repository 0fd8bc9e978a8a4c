using System.Runtime.Intrinsics;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public class FloatConversionTests
{
    private static readonly GoldenFile s_golden = new OpsGolden("half").File;

    [Fact]
    public void SingleToHalf_GoldenBits_AreEqual()
    {
        float[] x = Inputs();
        ushort[] expected = Bits("f16_bits");
        ushort[] actual = new ushort[x.Length];
        FloatConversion.SingleToHalf(x, actual);
        bool[] isNan = IsNan();
        for (int i = 0; i < x.Length; i++)
        {
            ushort lane = FloatConversion.SingleToHalf(Vector256.Create(x[i])).GetElement(5);
            Assert.True(isNan[i] ? IsHalfNan(actual[i]) && IsHalfNan(lane) : actual[i] == expected[i] && lane == expected[i], $"{x[i]}: {actual[i]:x4}, lane {lane:x4}, expected {expected[i]:x4}");
        }
    }

    [Fact]
    public void SingleToBFloat16_GoldenBits_AreEqual()
    {
        float[] x = Inputs();
        ushort[] expected = Bits("bf16_bits");
        bool[] isNan = IsNan();
        for (int i = 0; i < x.Length; i++)
        {
            ushort actual = FloatConversion.SingleToBFloat16(x[i]);
            Assert.True(isNan[i] ? float.IsNaN(FloatConversion.BFloat16ToSingle(actual)) : actual == expected[i], $"{x[i]}: {actual:x4}, expected {expected[i]:x4}");
        }
    }

    [Fact]
    public void HalfToSingle_GoldenBits_AreEqual()
    {
        ushort[] half = Bits("decode_f16_bits");
        uint[] expected = [.. s_golden.Doubles("decode_f16_as_f32_bits").Select(v => unchecked((uint)(long)v))];
        float[] actual = new float[half.Length];
        FloatConversion.HalfToSingle(half, actual);
        for (int i = 0; i < half.Length; i++)
        {
            float lane8 = FloatConversion.HalfToSingle(Vector128.Create(half[i])).GetElement(7);
            float lane16 = FloatConversion.HalfToSingle(Vector256.Create(half[i])).GetElement(15);
            foreach (float found in new[] { actual[i], lane8, lane16 })
            {
                Assert.True(IsHalfNan(half[i]) ? float.IsNaN(found) : BitConverter.SingleToUInt32Bits(found) == expected[i], $"{half[i]:x4}: {found}");
            }
        }
    }

    [Fact]
    public void BFloat16ToSingle_AllBits_AreShifted()
    {
        ushort[] all = [.. Enumerable.Range(0, 65536 - 3).Select(i => (ushort)i)];
        float[] actual = new float[all.Length];
        FloatConversion.BFloat16ToSingle(all, actual);
        for (int i = 0; i < all.Length; i++)
        {
            Assert.Equal((uint)i << 16, BitConverter.SingleToUInt32Bits(actual[i]));
        }
    }

    private static float[] Inputs() => [.. s_golden.Doubles("f32_bits").Select(v => BitConverter.UInt32BitsToSingle(unchecked((uint)(long)v)))];

    private static ushort[] Bits(string name) => [.. s_golden.Doubles(name).Select(v => unchecked((ushort)(int)v))];

    private static bool[] IsNan() => [.. s_golden.Doubles("is_nan").Select(v => v != 0)];

    private static bool IsHalfNan(ushort bits) => (bits & 0x7FFF) > 0x7C00;
}
