using FsCheck;
using FsCheck.Fluent;

namespace AwqIlgpu.Tests.Memory;

public class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1234", 1234)]
    [InlineData("77B", 77)]
    [InlineData("512MiB", 536_870_912)]
    [InlineData("10GiB", 10_737_418_240)]
    [InlineData("10G", 10_737_418_240)]
    [InlineData("10GB", 10_000_000_000)]
    [InlineData("10gib", 10_737_418_240)]
    [InlineData("10gb", 10_000_000_000)]
    [InlineData(" 1.5 GiB ", 1_610_612_736)]
    [InlineData("3K", 3072)]
    [InlineData("3KB", 3000)]
    [InlineData("2T", 2_199_023_255_552)]
    [InlineData("2TB", 2_000_000_000_000)]
    [InlineData("0.0001K", 0)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Parse_Size_Bytes(string text, long expected) => Assert.Equal(expected, ByteSize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("GiB")]
    [InlineData("-1")]
    [InlineData("+1G")]
    [InlineData("1.5")]
    [InlineData("1,5G")]
    [InlineData("1.2.3G")]
    [InlineData("10 apples")]
    [InlineData("10Gi")]
    [InlineData("1e9")]
    [InlineData("0x10")]
    [InlineData("9223372036854775808")]
    [InlineData("8388608T")]
    [InlineData("99999999999999999999999999999999999999G")]
    public void Parse_NoSize_ThrowsQuotingIt(string text) =>
        Assert.Contains($"\"{text}\"", Assert.Throws<FormatException>(() => ByteSize.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1023, "1023B")]
    [InlineData(1024, "1KiB")]
    [InlineData(536_870_912, "512MiB")]
    [InlineData(1_073_741_823, "1GiB")]
    [InlineData(10_000_000_000, "9.32GiB")]
    [InlineData(1L << 50, "1024TiB")]
    public void Format_Bytes_LargestUnitRoundedUp(long bytes, string expected) => Assert.Equal(expected, ByteSize.Format(bytes));

    [Fact]
    public void Format_Any_ParsesToAtLeastAsMuch() =>
        Prop.ForAll<NonNegativeInt, byte>((value, shift) =>
        {
            long bytes = (long)value.Get << (shift % 32);
            long parsed = ByteSize.Parse(ByteSize.Format(bytes));
            return parsed >= bytes && parsed - bytes <= bytes / 100;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Format_Negative_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => ByteSize.Format(-1));
}
