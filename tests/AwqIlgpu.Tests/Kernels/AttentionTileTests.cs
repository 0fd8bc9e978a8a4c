using AwqIlgpu.Kernels;

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
        float[] keys = Numbers.Normal(dims * BlockSize, 2);
        float[] one = new float[Rows * BlockSize], two = new float[Rows * BlockSize], narrow = new float[Rows * BlockSize], wide = new float[Rows * BlockSize];
        fixed (float* pq = query, pk = keys, p1 = one, p2 = two, p6 = narrow, p16 = wide)
        {
            float** queries = stackalloc float*[Rows];
            for (int row = 0; row < Rows; row++)
            {
                queries[row] = pq + (row * dims);
                AttentionTile.Score1(queries[row], pk, dims, p1 + (row * BlockSize));
            }

            AttentionTile.Score2(queries, pk, dims, p2);
            AttentionTile.Score2(queries + 2, pk, dims, p2 + (2 * BlockSize));
            AttentionTile.Score2(queries + 4, pk, dims, p2 + (4 * BlockSize));
            AttentionTile.Score6Narrow(queries, pk, dims, p6);
            AttentionTile.Score6Wide(queries, pk, dims, p16);
        }

        double[] expected = [.. Enumerable.Range(0, one.Length).Select(i => Enumerable.Range(0, dims).Sum(d => (double)query[(i / BlockSize * dims) + d] * keys[(d * BlockSize) + (i % BlockSize)]))];
        Close.AfterSum("scores", expected, one);
        Assert.Equal(one, two);
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
        float[] values = Numbers.Normal(BlockSize * dims, 2);
        float[] before = Numbers.Normal(Rows * dims, 3);
        float[] factors = [0, 1, 0.5f, 0.3f, 0.9f, 2];
        float[] one = [.. before], two = [.. before], narrow = [.. before], wide = [.. before];
        fixed (float* pc = factors, pw = weights, pv = values, p1 = one, p2 = two, p6 = narrow, p16 = wide)
        {
            float** outputs = stackalloc float*[Rows];
            for (int row = 0; row < Rows; row++)
            {
                AttentionTile.Accumulate1(p1 + (row * dims), pc[row], pw + (row * BlockSize), pv, first, end, dims);
                outputs[row] = p2 + (row * dims);
            }

            AttentionTile.Accumulate2(outputs, pc, pw, pv, first, end, dims);
            AttentionTile.Accumulate2(outputs + 2, pc + 2, pw + (2 * BlockSize), pv, first, end, dims);
            AttentionTile.Accumulate2(outputs + 4, pc + 4, pw + (4 * BlockSize), pv, first, end, dims);
            for (int row = 0; row < Rows; row++)
            {
                outputs[row] = p6 + (row * dims);
            }

            int narrowColumns = AttentionTile.Accumulate6Narrow(outputs, pc, pw, pv, first, end, dims, 0);
            Assert.Equal(dims / 16 * 16, narrowColumns);
            for (int row = 0; row < Rows; row++)
            {
                outputs[row] = p16 + (row * dims);
            }

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
    }
}
