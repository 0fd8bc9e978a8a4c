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
        foreach (var arithmetic in AttentionArithmetic.All)
        {
            input.AssertClose(arithmetic, new PagedSequence(shape, Enum.Parse<KvType>(type), contextLength) { Arithmetic = arithmetic }.Run(input.Query, input.Keys, input.Values, [], contextLength));
        }
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void RunUnit_ChunkedAnyWay_GivesTheSameBits(string type, int group, int window, float softcap, bool withSinks)
    {
        const int ContextLength = 139, Tokens = 101;
        var kvType = Enum.Parse<KvType>(type);
        var shape = new AttentionShape(2 * group, 2, 24, 40, 0.2f) { Window = window, Softcap = softcap };
        var input = new Input(shape, Tokens, ContextLength, withSinks);
        AssertChunksAreAlike([1, 7, 32, 33], input, Tokens, (arithmetic, chunk) =>
            new PagedSequence(shape, kvType, ContextLength) { Arithmetic = arithmetic }.Run(input.Query, input.Keys, input.Values, input.Sinks, chunk));
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

        AssertChunksAreAlike([1, 2, 7, 33], input, Tokens, (arithmetic, chunk) =>
            new PagedSequence(shape, KvType.Fp16, ContextLength) { Arithmetic = arithmetic }.Run(input.Query, input.Keys, input.Values, input.Sinks, chunk));
    }

    [Fact]
    public void RunUnit_ScoresOfMinusInfinity_HaveNoWeight()
    {
        // Two blocks: in the first every product of query and key overflows.
        const int ContextLength = 40;
        var shape = new AttentionShape(1, 1, 8, 8, 1);
        foreach (var arithmetic in AttentionArithmetic.All)
        {
            var input = new Input(shape, 1, ContextLength, sinks: false);
            input.Query.AsSpan().Fill(1e20f);
            input.Keys.AsSpan().Fill(-1e20f);
            Assert.All(Run(), v => Assert.Equal(0, v));
            input.Keys.AsSpan(32 * 8).Clear();
            // The second block's mean.
            float[] actual = Run();
            input.Query.AsSpan().Clear();
            input.Values.AsSpan(0, 32 * 8).Clear();
            input.AssertClose(arithmetic, [.. actual.Select(v => v * 8 / ContextLength)]);

            float[] Run() => new PagedSequence(shape, KvType.Fp32, ContextLength) { Arithmetic = arithmetic }.Run(input.Query, input.Keys, input.Values, [], 1);
        }
    }

    [Theory]
    [InlineData(false, float.NaN)]
    [InlineData(true, float.NaN)]
    [InlineData(false, float.PositiveInfinity)]
    [InlineData(true, float.NegativeInfinity)]
    public void RunUnit_Int16TokenThatIsNotFinite_IsSeenByTheRowsThatSeeItAndByNoOther(bool isValue, float broken)
    {
        const int ContextLength = 45, Broken = 37;
        var shape = new AttentionShape(2, 1, 24, 16, 0.2f);
        foreach (var arithmetic in AttentionArithmetic.Int16)
        {
            var input = new Input(shape, ContextLength, ContextLength, sinks: false);
            float[] sound = Run();
            (isValue ? input.Values : input.Keys)[(Broken * (isValue ? shape.HeadDimV : shape.HeadDimK)) + 5] = broken;
            float[] actual = Run();
            int first = Broken * shape.Heads * shape.HeadDimV;
            Assert.All(actual[first..], v => Assert.True(float.IsNaN(v)));
            Assert.Equal(sound[..first], actual[..first]);

            float[] Run() => new PagedSequence(shape, KvType.Fp32, ContextLength) { Arithmetic = arithmetic }.Run(input.Query, input.Keys, input.Values, [], ContextLength);
        }
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

        foreach (var arithmetic in AttentionArithmetic.All)
        {
            float[] whole = Run(Tokens);
            if (type is KvType.Fp32 or KvType.Fp16)
            {
                input.AssertClose(arithmetic, whole);
            }
            else
            {
                Close.QuantizedKv($"{shape} {arithmetic}", type, input.Expected(), whole);
            }

            Assert.Equal(whole, Run(7));

            float[] Run(int chunk) => new PagedSequence(shape, type, ContextLength, keysEndInValues: true) { Arithmetic = arithmetic }.Run(input.Query, input.Keys, input.Values, [], chunk);
        }
    }

    [Fact]
    public void ByteCount_KeysThatEndInTheirValues_HasEveryNumberOnce() =>
        Assert.Equal(KvBlockLayout.BlockSize * (64 + 512) * 2, new KvBlockLayout(1, 64, 512, KvType.Fp16, KeysEndInValues: true).ByteCount);

    [Fact]
    public void RunUnit_SinkThatOutweighsEverything_GivesAlmostNothing()
    {
        var shape = new AttentionShape(1, 1, 8, 8, 1);
        var input = new Input(shape, 3, 3, sinks: false);
        foreach (var arithmetic in AttentionArithmetic.All)
        {
            Assert.All(Run(1e4f), v => Assert.Equal(0, v));
            float[] without = Run();
            Assert.Equal(without, Run(float.NegativeInfinity));
            Assert.Equal(without, Run(-1e4f));

            float[] Run(params float[] sinks) => new PagedSequence(shape, KvType.Fp32, 3) { Arithmetic = arithmetic }.Run(input.Query, input.Keys, input.Values, sinks, 3);
        }
    }

    [Theory]
    [InlineData(1, 1, 4)]
    [InlineData(48, 4, 4)]
    [InlineData(49, 4, 8)]
    public void UnitCount_RowsOfAKvHead_AreCutAtUnitRows(int tokens, int group, int expected) =>
        Assert.Equal(expected, PagedAttention.UnitCount(new AttentionShape(4 * group, 4, 8, 8, 1), new AttentionSequence { Tokens = tokens }));

    /// <summary>Each arithmetic gives the same bits in any chunk, near the definition; integers also in vectors of any width.</summary>
    private static void AssertChunksAreAlike(int[] chunks, Input input, int tokens, Func<AttentionArithmetic, int, float[]> run)
    {
        float[] integers = run(AttentionArithmetic.Int16[0], tokens);
        foreach (var arithmetic in AttentionArithmetic.All)
        {
            float[] whole = run(arithmetic, tokens);
            input.AssertClose(arithmetic, whole);
            if (arithmetic.IsInt16)
            {
                Assert.Equal(integers, whole);
            }

            foreach (int chunk in chunks)
            {
                Assert.Equal(whole, run(arithmetic, chunk));
            }
        }
    }

    /// <summary>Random inputs whose keys and values fp16 holds exactly.</summary>
    private sealed class Input(AttentionShape shape, int tokens, int contextLength, bool sinks)
    {
        public float[] Query { get; } = Numbers.Normal(tokens * shape.Heads * shape.HeadDimK, 1);

        public float[] Keys { get; } = [.. Numbers.Normal(contextLength * shape.KvHeads * shape.HeadDimK, 2).Select(v => (float)(Half)v)];

        public float[] Values { get; } = [.. Numbers.Normal(contextLength * shape.KvHeads * shape.HeadDimV, 3).Select(v => (float)(Half)v)];

        public float[] Sinks { get; } = sinks ? Numbers.Normal(shape.Heads, 4) : [];

        public void AssertClose(AttentionArithmetic arithmetic, float[] actual) => arithmetic.AssertClose(shape, Query, Keys, Values, Sinks, actual);

        public double[] Expected()
        {
            var expected = new double[tokens * shape.Heads * shape.HeadDimV];
            PagedAttention.Reference(shape, Query, Keys, Values, Sinks, expected);
            return expected;
        }
    }
}
