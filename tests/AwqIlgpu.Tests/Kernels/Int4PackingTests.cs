using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public sealed unsafe class Int4PackingTests
{
    [Theory]
    [InlineData(1, 32, 32, TensorType.Float16)]
    [InlineData(17, 256, 64, TensorType.BFloat16)]
    [InlineData(100, 384, 128, TensorType.Float32)]
    [InlineData(64, 72, 72, TensorType.Float16)]
    [InlineData(16, 768, 256, TensorType.Float16)]
    [InlineData(5, 1096, 1096, TensorType.Float32)]
    internal void Dequantize_AfterPacking_GivesTheWeights(int n, int k, int groupSize, TensorType scaleType)
    {
        using var weights = Int4Weights.Random(n, k, groupSize, scaleType, seed: n + k);
        var row = new float[k];
        for (int r = 0; r < n; r++)
        {
            weights.Packed.Dequantize(r, row);
            Close.Elementwise($"row {r}", [.. Enumerable.Range(0, k).Select(c => weights.Weight(r, c))], row);
        }
    }

    [Fact]
    public void Pack_TilesWithPermutedRows_GivesWhatOneTileGives()
    {
        const int n = 40;
        const int k = 128;
        using var weights = Int4Weights.Random(n, k, 32, TensorType.Float16, seed: 5);
        int[] order = [.. Enumerable.Range(0, n)];
        new Random(6).Shuffle(order);
        using var memory = new NativeBuffer(weights.Packed.Shape.ByteCount);
        var permuted = new Int4Matrix(weights.Packed.Shape, memory.Pointer);
        for (int row = 0; row < n; row += 8)
        {
            for (int column = 0; column < k; column += 64)
            {
                byte[] tile = [.. Enumerable.Range(0, 8 * 64).Select(i => weights.Q[((row + (i / 64)) * k) + column + (i % 64)])];
                Int4Packing.PackWeights(permuted, new Int4Tile(row, 8, column, 64, tile), order);
            }

            Int4Packing.PackScales(permuted, row, weights.Scales.AsSpan(row * 4, 32), weights.ZeroPoints.AsSpan(row * 4, 32), order);
        }

        var expected = new float[k];
        var actual = new float[k];
        for (int row = 0; row < n; row++)
        {
            weights.Packed.Dequantize(row, expected);
            permuted.Dequantize(order[row], actual);
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void PackWeights_ValueAbove15_Throws()
    {
        using var weights = Int4Weights.Random(16, 32, 32, TensorType.Float16, seed: 1);
        var values = new byte[32];
        values[7] = 16;
        Assert.Throws<ArgumentException>(() => Int4Packing.PackWeights(weights.Packed, new Int4Tile(0, 1, 0, 32, values)));
    }

    [Theory]
    [InlineData(16, 0, 32)]
    [InlineData(-1, 0, 32)]
    [InlineData(0, 8, 32)]
    [InlineData(0, 0, 31)]
    public void PackWeights_TileOutsideMatrix_Throws(int row, int column, int columns)
    {
        using var weights = Int4Weights.Random(16, 32, 32, TensorType.Float16, seed: 1);
        Assert.Throws<ArgumentException>(() => Int4Packing.PackWeights(weights.Packed, new Int4Tile(row, 1, column, columns, new byte[columns])));
    }

    [Theory]
    [InlineData(128, 128)]
    [InlineData(72, 72)]
    [InlineData(256, 128)]
    [InlineData(14336, 128)]
    [InlineData(576, 96)]
    [InlineData(136, 8)]
    public void BlockOf_GroupSize_IsTheLargestDivisorUpTo128(int groupSize, int expected) => Assert.Equal(expected, Int4Shape.BlockOf(groupSize));

    [Theory]
    [InlineData(128, 12)]
    [InlineData(100, 64)]
    [InlineData(128, 0)]
    public void Shape_UnsupportedGroupSize_Throws(int k, int groupSize) =>
        Assert.Throws<NotSupportedException>(() => new Int4Shape(16, k, groupSize, TensorType.Float16));

    [Fact]
    public void ByteCount_MistralDownProjection_IsWeightsScalesAndZeroPoints()
    {
        const long weights = 4096 * 14336;
        Assert.Equal((weights / 2) + (weights / 128 * 2) + (weights / 128 / 2), new Int4Shape(4096, 14336, 128, TensorType.Float16).ByteCount);
    }
}
