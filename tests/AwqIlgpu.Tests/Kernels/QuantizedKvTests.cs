using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public unsafe class QuantizedKvTests
{
    public static TheoryData<string, int, int, int, int> Shapes => new()
    {
        // type, heads, kv heads, key dim, value dim
        { nameof(KvType.Int8), 4, 2, 64, 64 },
        { nameof(KvType.Int4), 4, 2, 64, 64 },
        { nameof(KvType.Int8), 6, 3, 13, 18 },
        { nameof(KvType.Int4), 6, 3, 13, 18 },
        { nameof(KvType.Int4), 3, 1, 40, 33 },
        { nameof(KvType.Int8), 2, 1, 192, 128 },
        { nameof(KvType.Int4), 2, 1, 192, 128 },
    };

    [Theory]
    [InlineData(KvType.Int8, 32 * ((64 + 4) + (128 + 4)))]
    [InlineData(KvType.Int4, 32 * ((32 + (8 * 2) + 6) + (64 + (16 * 2) + 6)))]
    public void ByteCount_OfABlock_IsIntegersAndTheirScales(KvType type, int headBytes) =>
        Assert.Equal(3 * headBytes, new KvBlockLayout(3, 64, 128, type).ByteCount);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void RunUnit_ChunkedAnyWay_GivesTheSameBitsNearTheReference(string type, int heads, int kvHeads, int headDimK, int headDimV)
    {
        const int ContextLength = 75, Tokens = 40;
        var kv = Enum.Parse<KvType>(type);
        var shape = new AttentionShape(heads, kvHeads, headDimK, headDimV, 1 / MathF.Sqrt(headDimK));
        float[] query = Numbers.Normal(Tokens * heads * headDimK, 1);
        float[] keys = Numbers.Normal(ContextLength * kvHeads * headDimK, 2);
        float[] values = Numbers.Normal(ContextLength * kvHeads * headDimV, 3);
        double[] expected = new double[Tokens * heads * headDimV];
        PagedAttention.Reference(shape, query, keys, values, [], expected);
        foreach (var arithmetic in AttentionArithmetic.All)
        {
            float[] whole = Run(Tokens);
            Close.QuantizedKv($"{shape} {arithmetic}", kv, expected, whole);
            foreach (int chunk in new[] { 1, 7, 32, 33 })
            {
                Assert.Equal(whole, Run(chunk));
            }

            float[] Run(int chunk) => new PagedSequence(shape, kv, ContextLength) { Arithmetic = arithmetic }.Run(query, keys, values, [], chunk);
        }
    }

    [Theory]
    [InlineData(KvType.Int8, 255)]
    [InlineData(KvType.Int4, 15)]
    public void WriteValue_AnyToken_IsWithinAStepOfItsValues(KvType type, int top)
    {
        var layout = new KvBlockLayout(1, 8, 50, type);
        float[] values = [.. Numbers.Normal(KvBlockLayout.BlockSize * 50, 1).Select((v, i) => v * (1 + (i % 7)))];
        byte[] block = new byte[layout.ByteCount];
        float[] expanded = new float[values.Length];
        fixed (byte* p = block)
        fixed (float* pv = values, pe = expanded)
        {
            byte* head = p + layout.ValueOffset(0);
            for (int token = 0; token < KvBlockLayout.BlockSize; token++)
            {
                QuantizedKv.WriteValue(layout, pv + (token * 50), head, token);
            }

            QuantizedKv.ExpandValues(layout, head, KvBlockLayout.BlockSize, pe);
        }

        int group = type == KvType.Int4 ? KvBlockLayout.Int4Group : 50;
        for (int i = 0; i < values.Length; i++)
        {
            int start = (i / 50 * 50) + (i % 50 / group * group);
            var members = values.Skip(start).Take(Math.Min(group, 50 - (i % 50 / group * group))).ToList();
            // In int4, scale and zero point are themselves the nearest of 256 in the head's range.
            var token = values.Skip(i / 50 * 50).Take(50).ToList();
            float rounding = type == KvType.Int4 ? (token.Max() - token.Min()) / 255 : 0;
            Assert.InRange(MathF.Abs(expanded[i] - values[i]), 0, ((members.Max() - members.Min()) / top) + rounding);
        }
    }

    [Theory]
    [InlineData(KvType.Int8)]
    [InlineData(KvType.Int4)]
    public void WriteValue_NotANumber_IsSeenWhenRead(KvType type)
    {
        var layout = new KvBlockLayout(1, 16, 16, type);
        float[] value = Numbers.Normal(16, 1);
        value[3] = float.NaN;
        byte[] block = new byte[layout.ByteCount];
        float[] expanded = new float[16];
        fixed (byte* p = block)
        fixed (float* pv = value, pe = expanded)
        {
            QuantizedKv.WriteValue(layout, pv, p + layout.ValueOffset(0), 0);
            QuantizedKv.ExpandValues(layout, p + layout.ValueOffset(0), 1, pe);
        }

        Assert.All(expanded, v => Assert.True(float.IsNaN(v)));
    }

    [Theory]
    [InlineData(KvType.Int8)]
    [InlineData(KvType.Int4)]
    public void WriteValue_AllAlikeOrHuge_StaysFinite(KvType type)
    {
        var layout = new KvBlockLayout(1, 16, 16, type);
        foreach (float like in new[] { 0f, 3f, -1e-7f, 1e30f })
        {
            float[] value = [.. Enumerable.Repeat(like, 16)];
            byte[] block = new byte[layout.ByteCount];
            float[] expanded = new float[16];
            fixed (byte* p = block)
            fixed (float* pv = value, pe = expanded)
            {
                QuantizedKv.WriteValue(layout, pv, p + layout.ValueOffset(0), 0);
                QuantizedKv.ExpandValues(layout, p + layout.ValueOffset(0), 1, pe);
            }

            Assert.All(expanded, v => Assert.Equal((float)(Half)Math.Clamp(like, -65504, 65504), v));
        }
    }
}
