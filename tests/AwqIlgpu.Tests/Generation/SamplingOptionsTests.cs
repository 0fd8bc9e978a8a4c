namespace AwqIlgpu.Tests.Generation;

public class SamplingOptionsTests
{
    public static TheoryData<string, Action> OutOfRange => new()
    {
        { "Temperature", () => _ = new SamplingOptions { Temperature = -0.1 } },
        { "Temperature", () => _ = new SamplingOptions { Temperature = double.NaN } },
        { "Temperature", () => _ = new SamplingOptions { Temperature = double.PositiveInfinity } },
        { "TopK", () => _ = new SamplingOptions { TopK = -1 } },
        { "TopP", () => _ = new SamplingOptions { TopP = 1.01 } },
        { "TopP", () => _ = new SamplingOptions { TopP = -0.01 } },
        { "MinP", () => _ = new SamplingOptions { MinP = double.NaN } },
        { "RepetitionPenalty", () => _ = new SamplingOptions { RepetitionPenalty = 0 } },
        { "RepetitionPenalty", () => _ = new SamplingOptions { RepetitionPenalty = 1e300 } },
        { "PresencePenalty", () => _ = new SamplingOptions { PresencePenalty = double.NegativeInfinity } },
        { "FrequencyPenalty", () => _ = new SamplingOptions { FrequencyPenalty = double.NaN } },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void Init_OutOfRange_ThrowsNamingTheMember(string name, Action create)
    {
        var thrown = Assert.Throws<ArgumentOutOfRangeException>(create);
        Assert.Equal(name, thrown.ParamName);
        Assert.Contains("expected", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OrElse_MembersSaidAndUnsaid_FirstWins()
    {
        var caller = new SamplingOptions { Temperature = 0, TopK = 3, Seed = 1 };
        var model = new SamplingOptions { Temperature = 0.7, TopK = 20, TopP = 0.8, MinP = 0.1, RepetitionPenalty = 1.1, PresencePenalty = 0.2, FrequencyPenalty = 0.3, Seed = 2 };
        Assert.Equal(model with { Temperature = 0, TopK = 3, Seed = 1 }, caller.OrElse(model));
    }
}
