namespace AwqIlgpu.Tests.Generation;

public class FinishReasonTests
{
    [Theory]
    [InlineData(FinishReason.Stop, "stop")]
    [InlineData(FinishReason.StopString, "stop")]
    [InlineData(FinishReason.Length, "length")]
    [InlineData(FinishReason.Cancelled, "cancelled")]
    [InlineData(FinishReason.Error, "error")]
    public void Name_EachReason_IsTheContracts(FinishReason reason, string name) => Assert.Equal(name, reason.Name());

    [Fact]
    public void Name_NoReason_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => ((FinishReason)99).Name());
}
