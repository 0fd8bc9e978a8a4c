using AwqIlgpu.Generation;

namespace AwqIlgpu.Tests.Generation;

public class PhiloxTests
{
    // Random123 1.14, tests/kat_vectors, philox4x32 10 rounds: counter, key, result.
    [Theory]
    [InlineData(0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Block_PublishedVector_Equal(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), Philox.Block((c0, c1, c2, c3), (k0, k1)));

    [Fact]
    public void Uniform_FirstBlock_IsItsTop53Bits()
    {
        // 0xe169c58d6627e8d5 >> 11, over 2^53
        Assert.Equal((double)(0xe169c58d6627e8d5ul >> 11) / (1ul << 53), Philox.Uniform(0, 0));
    }

    [Fact]
    public void Uniform_SeedAndStepUseAllBits_Differ()
    {
        double[] draws = [Philox.Uniform(1, 0), Philox.Uniform(0, 1), Philox.Uniform(1L << 32, 0), Philox.Uniform(0, 1L << 32), Philox.Uniform(-1, 0), Philox.Uniform(0, 0)];
        Assert.Equal(draws.Length, draws.Distinct().Count());
    }
}
