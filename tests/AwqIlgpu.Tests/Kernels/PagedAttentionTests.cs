using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public class PagedAttentionTests
{
    public static TheoryData<string, int, int, int, int, int> Shapes => new()
    {
        // type, heads, kv heads, key dim, value dim, context
        { nameof(KvType.Fp32), 1, 1, 8, 8, 1 },
        { nameof(KvType.Fp16), 2, 2, 16, 24, 31 },
        { nameof(KvType.Fp16), 3, 1, 40, 32, 32 },
        { nameof(KvType.Fp32), 7, 1, 72, 56, 33 },
        { nameof(KvType.Fp16), 8, 2, 64, 64, 65 },
        { nameof(KvType.Fp16), 4, 4, 13, 11, 70 },
        { nameof(KvType.Fp32), 2, 1, 100, 45, 40 },
        { nameof(KvType.Fp16), 3, 3, 192, 128, 37 },
        { nameof(KvType.Fp16), 2, 1, 512, 512, 34 },
        { nameof(KvType.Fp16), 71, 1, 64, 64, 20 },
    };

    public static TheoryData<string, int, int, float, bool> Masks => new()
    {
        // type, heads per KV head, window, softcap, sinks
        { nameof(KvType.Fp16), 1, 0, 0, false },
        { nameof(KvType.Fp32), 4, 0, 0, false },
        { nameof(KvType.Fp16), 7, 0, 30, true },
        { nameof(KvType.Fp16), 2, 1, 0, false },
        { nameof(KvType.Fp16), 3, 31, 0, true },
        { nameof(KvType.Fp32), 5, 32, 50, false },
        { nameof(KvType.Fp16), 6, 33, 0, false },
        { nameof(KvType.Fp16), 2, 64, 0, false },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void RunUnit_AwkwardShape_MatchesReference(string type, int heads, int kvHeads, int headDimK, int headDimV, int contextLength)
    {
        var shape = new AttentionShape(heads, kvHeads, headDimK, headDimV, 1 / MathF.Sqrt(headDimK));
        var input = new Input(shape, contextLength, contextLength, sinks: false);
        Close.AfterSum($"{shape} {type}", input.Expected(), new PagedSequence(shape, Enum.Parse<KvType>(type), contextLength).Run(input.Query, input.Keys, input.Values, [], contextLength));
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void RunUnit_ChunkedAnyWay_GivesTheSameBits(string type, int group, int window, float softcap, bool withSinks)
    {
        const int ContextLength = 139, Tokens = 101;
        var kvType = Enum.Parse<KvType>(type);
        var shape = new AttentionShape(2 * group, 2, 24, 40, 0.2f) { Window = window, Softcap = softcap };
        var input = new Input(shape, Tokens, ContextLength, withSinks);
        float[] whole = new PagedSequence(shape, kvType, ContextLength).Run(input.Query, input.Keys, input.Values, input.Sinks, Tokens);
        Close.AfterSum($"{shape}", input.Expected(), whole);
        foreach (int chunk in new[] { 1, 7, 32, 33 })
        {
            Assert.Equal(whole, new PagedSequence(shape, kvType, ContextLength).Run(input.Query, input.Keys, input.Values, input.Sinks, chunk));
        }
    }

    [Theory]
    [InlineData(0, 0f, false)]
    [InlineData(0, 50f, true)]
    [InlineData(40, 0f, true)]
    public void RunUnit_ScoresThatGrowAndFallWithThePosition_MatchReferenceInAnyChunks(int window, float softcap, bool withSinks)
    {
        const int ContextLength = 203, Tokens = 150;
        var shape = new AttentionShape(3, 1, 24, 16, 0.3f) { Window = window, Softcap = softcap };
        var input = new Input(shape, Tokens, ContextLength, withSinks);
        for (int i = 0; i < input.Keys.Length; i++)
        {
            int position = i / shape.HeadDimK;
            input.Keys[i] = (float)(Half)(input.Keys[i] * Math.Min(position, 2 * Math.Abs(ContextLength - 20 - position)) / 8f);
        }

        float[] whole = Run(Tokens);
        Close.AfterSum($"{shape}", input.Expected(), whole);
        foreach (int chunk in new[] { 1, 2, 7, 33 })
        {
            Assert.Equal(whole, Run(chunk));
        }

        float[] Run(int chunk) => new PagedSequence(shape, KvType.Fp16, ContextLength).Run(input.Query, input.Keys, input.Values, input.Sinks, chunk);
    }

    [Fact]
    public void RunUnit_ScoresOfMinusInfinity_HaveNoWeight()
    {
        // Two blocks: in the first every product of query and key overflows.
        const int ContextLength = 40;
        var shape = new AttentionShape(1, 1, 8, 8, 1);
        var input = new Input(shape, 1, ContextLength, sinks: false);
        input.Query.AsSpan().Fill(1e20f);
        input.Keys.AsSpan().Fill(-1e20f);
        Assert.All(Run(), v => Assert.Equal(0, v));
        input.Keys.AsSpan(32 * 8).Clear();
        double[] mean = [.. Enumerable.Range(0, 8).Select(d => Enumerable.Range(32, 8).Average(t => (double)input.Values[(t * 8) + d]))];
        Close.AfterSum("the second block's mean", mean, Run());

        float[] Run() => new PagedSequence(shape, KvType.Fp32, ContextLength).Run(input.Query, input.Keys, input.Values, [], 1);
    }

    [Theory]
    [InlineData(KvType.Fp32)]
    [InlineData(KvType.Fp16)]
    [InlineData(KvType.Int8)]
    [InlineData(KvType.Int4)]
    public void RunUnit_KeysThatEndInTheirValues_AreStoredOnce(KvType type)
    {
        const int ContextLength = 70, Tokens = 39, RopeDim = 24, Rank = 52;
        var shape = new AttentionShape(5, 1, RopeDim + Rank, Rank, 0.1f);
        var input = new Input(shape, Tokens, ContextLength, sinks: false);
        for (int i = 0; i < ContextLength; i++)
        {
            input.Values.AsSpan(i * Rank, Rank).CopyTo(input.Keys.AsSpan((i * shape.HeadDimK) + RopeDim));
        }

        float[] whole = Run(Tokens);
        if (type is KvType.Fp32 or KvType.Fp16)
        {
            Close.AfterSum($"{shape} {type}", input.Expected(), whole);
        }
        else
        {
            Close.QuantizedKv($"{shape}", type, input.Expected(), whole);
        }

        Assert.Equal(whole, Run(7));

        float[] Run(int chunk) => new PagedSequence(shape, type, ContextLength, keysEndInValues: true).Run(input.Query, input.Keys, input.Values, [], chunk);
    }

    [Fact]
    public void ByteCount_KeysThatEndInTheirValues_HasEveryNumberOnce() =>
        Assert.Equal(KvBlockLayout.BlockSize * (64 + 512) * 2, new KvBlockLayout(1, 64, 512, KvType.Fp16, KeysEndInValues: true).ByteCount);

    [Fact]
    public void RunUnit_SinkThatOutweighsEverything_GivesAlmostNothing()
    {
        var shape = new AttentionShape(1, 1, 8, 8, 1);
        var input = new Input(shape, 3, 3, sinks: false);
        Assert.All(new PagedSequence(shape, KvType.Fp32, 3).Run(input.Query, input.Keys, input.Values, [1e4f], 3), v => Assert.Equal(0, v));
        float[] without = new PagedSequence(shape, KvType.Fp32, 3).Run(input.Query, input.Keys, input.Values, [], 3);
        Assert.Equal(without, new PagedSequence(shape, KvType.Fp32, 3).Run(input.Query, input.Keys, input.Values, [float.NegativeInfinity], 3));
        Assert.Equal(without, new PagedSequence(shape, KvType.Fp32, 3).Run(input.Query, input.Keys, input.Values, [-1e4f], 3));
    }

    [Theory]
    [InlineData(1, 1, 4)]
    [InlineData(48, 4, 4)]
    [InlineData(49, 4, 8)]
    public void UnitCount_RowsOfAKvHead_AreCutAtUnitRows(int tokens, int group, int expected) =>
        Assert.Equal(expected, PagedAttention.UnitCount(new AttentionShape(4 * group, 4, 8, 8, 1), tokens));

    /// <summary>Random inputs whose keys and values fp16 holds exactly.</summary>
    private sealed class Input(AttentionShape shape, int tokens, int contextLength, bool sinks)
    {
        public float[] Query { get; } = Numbers.Normal(tokens * shape.Heads * shape.HeadDimK, 1);

        public float[] Keys { get; } = [.. Numbers.Normal(contextLength * shape.KvHeads * shape.HeadDimK, 2).Select(v => (float)(Half)v)];

        public float[] Values { get; } = [.. Numbers.Normal(contextLength * shape.KvHeads * shape.HeadDimV, 3).Select(v => (float)(Half)v)];

        public float[] Sinks { get; } = sinks ? Numbers.Normal(shape.Heads, 4) : [];

        public double[] Expected()
        {
            var expected = new double[tokens * shape.Heads * shape.HeadDimV];
            PagedAttention.Reference(shape, Query, Keys, Values, Sinks, expected);
            return expected;
        }
    }
}
