using AwqIlgpu.Kernels;
using FloatTile = AwqIlgpu.Kernels.CachedAttentionTile<float, AwqIlgpu.Kernels.SingleKvElement>;
using HalfTile = AwqIlgpu.Kernels.CachedAttentionTile<short, AwqIlgpu.Kernels.HalfKvElement>;

namespace AwqIlgpu.Tests.Kernels;

public unsafe class AttentionTileTests
{
    private const int BlockSize = KvBlockLayout.BlockSize, Rows = 6;

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(128)]
    public void Score_EveryWidthAndRowCount_GivesTheSameBits(int dims)
    {
        float[] query = Numbers.Normal(Rows * dims, 1);
        short[] stored = Halves(dims * BlockSize, 2, out float[] keys);
        float[] one = new float[Rows * BlockSize], two = new float[Rows * BlockSize], four = new float[Rows * BlockSize], narrow = new float[Rows * BlockSize], wide = new float[Rows * BlockSize];
        float[] half = new float[Rows * BlockSize];
        fixed (short* ph = stored)
        fixed (float* pq = query, pk = keys, p1 = one, p2 = two, p4 = four, p6 = narrow, p16 = wide, pt = half)
        {
            float** queries = stackalloc float*[Rows];
            for (int row = 0; row < Rows; row++)
            {
                queries[row] = pq + (row * dims);
                FloatTile.Score1(queries + row, pk, dims, p1 + (row * BlockSize), 0);
            }

            FloatTile.Score2(queries, pk, dims, p2, 0);
            FloatTile.Score2(queries + 2, pk, dims, p2 + (2 * BlockSize), 0);
            FloatTile.Score2(queries + 4, pk, dims, p2 + (4 * BlockSize), 0);
            FloatTile.Score4(queries, pk, dims, p4, 0);
            FloatTile.Score4(queries + 2, pk, dims, p4 + (2 * BlockSize), 0);
            HalfTile.Score1(queries, ph, dims, pt, 0);
            HalfTile.Score4(queries + 1, ph, dims, pt + BlockSize, 0);
            HalfTile.Score2(queries + 4, ph, dims, pt + (4 * BlockSize), 0);
            AttentionTile.Score6Narrow(queries, pk, dims, p6);
            AttentionTile.Score6Wide(queries, pk, dims, p16);
        }

        double[] expected = [.. Enumerable.Range(0, one.Length).Select(i => Enumerable.Range(0, dims).Sum(d => (double)query[(i / BlockSize * dims) + d] * keys[(d * BlockSize) + (i % BlockSize)]))];
        Close.AfterSum("scores", expected, one);
        Assert.Equal(one, two);
        Assert.Equal(one, four);
        Assert.Equal(one, half);
        Assert.Equal(one, narrow);
        Assert.Equal(one, wide);
    }

    [Theory]
    [InlineData(32, 0, 32)]
    [InlineData(80, 3, 30)]
    [InlineData(109, 31, 32)]
    public void Accumulate_EveryWidthAndRowCount_GivesTheSameBits(int dims, int first, int end)
    {
        float[] weights = Numbers.Normal(Rows * BlockSize, 1);
        short[] stored = Halves(BlockSize * dims, 2, out float[] values);
        float[] before = Numbers.Normal(Rows * dims, 3);
        float[] factors = [0, 1, 0.5f, 0.3f, 0.9f, 2];
        float[] one = [.. before], two = [.. before], four = [.. before], half = [.. before], narrow = [.. before], wide = [.. before];
        fixed (short* ph = stored)
        fixed (float* pc = factors, pw = weights, pv = values, p1 = one, p2 = two, p4 = four, pt = half, p6 = narrow, p16 = wide)
        {
            float** outputs = stackalloc float*[Rows];
            void Place(float* rows)
            {
                for (int row = 0; row < Rows; row++)
                {
                    outputs[row] = rows + (row * dims);
                }
            }

            Place(p1);
            for (int row = 0; row < Rows; row++)
            {
                FloatTile.Accumulate1(outputs + row, pc + row, pw + (row * BlockSize), pv, first, end, dims, 0);
            }

            Place(p2);
            FloatTile.Accumulate2(outputs, pc, pw, pv, first, end, dims, 0);
            FloatTile.Accumulate2(outputs + 2, pc + 2, pw + (2 * BlockSize), pv, first, end, dims, 0);
            FloatTile.Accumulate2(outputs + 4, pc + 4, pw + (4 * BlockSize), pv, first, end, dims, 0);
            Place(p4);
            FloatTile.Accumulate4(outputs, pc, pw, pv, first, end, dims, 0);
            FloatTile.Accumulate2(outputs + 4, pc + 4, pw + (4 * BlockSize), pv, first, end, dims, 0);
            Place(pt);
            HalfTile.Accumulate1(outputs, pc, pw, ph, first, end, dims, 0);
            HalfTile.Accumulate4(outputs + 1, pc + 1, pw + BlockSize, ph, first, end, dims, 0);
            HalfTile.Accumulate1(outputs + 5, pc + 5, pw + (5 * BlockSize), ph, first, end, dims, 0);
            Place(p6);
            int narrowColumns = AttentionTile.Accumulate6Narrow(outputs, pc, pw, pv, first, end, dims, 0);
            Assert.Equal(dims / 16 * 16, narrowColumns);
            Place(p16);

            int wideColumns = AttentionTile.Accumulate6Wide(outputs, pc, pw, pv, first, end, dims);
            Assert.Equal(dims / 32 * 32, wideColumns);
            for (int row = 0; row < Rows; row++)
            {
                var expected = Enumerable.Range(0, dims).Select(d => ((double)before[(row * dims) + d] * factors[row]) + Enumerable.Range(first, end - first).Sum(t => (double)weights[(row * BlockSize) + t] * values[(t * dims) + d]));
                Close.AfterSum($"row {row}", [.. expected], one.AsSpan(row * dims, dims));
                Assert.Equal(one.AsSpan(row * dims, narrowColumns), narrow.AsSpan(row * dims, narrowColumns));
                Assert.Equal(one.AsSpan(row * dims, wideColumns), wide.AsSpan(row * dims, wideColumns));
            }
        }

        Assert.Equal(one, two);
        Assert.Equal(one, four);
        Assert.Equal(one, half);
    }

    /// <summary>Normal numbers as fp16, and the same as floats.</summary>
    private static short[] Halves(int count, int seed, out float[] values)
    {
        Half[] halves = [.. Numbers.Normal(count, seed).Select(value => (Half)value)];
        values = [.. halves.Select(half => (float)half)];
        return [.. halves.Select(BitConverter.HalfToInt16Bits)];
    }
}
