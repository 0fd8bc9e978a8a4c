using System.Runtime.Intrinsics;
using AwqIlgpu.Kernels;
using FloatTile = AwqIlgpu.Kernels.AttentionTile<float, AwqIlgpu.Kernels.SingleKvElement>;
using HalfTile = AwqIlgpu.Kernels.AttentionTile<short, AwqIlgpu.Kernels.HalfKvElement>;

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
        Scores<Lanes128, Vector128<int>, One>(dims);
        Scores<Lanes128, Vector128<int>, Two>(dims);
        Scores<Lanes128, Vector128<int>, Four>(dims);
        Scores<Lanes128, Vector128<int>, Six>(dims);
        Scores<Lanes256, Vector256<int>, One>(dims);
        Scores<Lanes256, Vector256<int>, Two>(dims);
        Scores<Lanes256, Vector256<int>, Four>(dims);
        Scores<Lanes256, Vector256<int>, Six>(dims);
        Scores<Lanes512, Vector512<int>, One>(dims);
        Scores<Lanes512, Vector512<int>, Two>(dims);
        Scores<Lanes512, Vector512<int>, Four>(dims);
        Scores<Lanes512, Vector512<int>, Six>(dims);
    }

    [Theory]
    [InlineData(32, 0, 32)]
    [InlineData(80, 3, 30)]
    [InlineData(109, 31, 32)]
    public void Accumulate_EveryWidthAndRowCount_GivesTheSameBits(int dims, int first, int end)
    {
        Sums<Lanes128, Vector128<int>, One>(dims, first, end);
        Sums<Lanes128, Vector128<int>, Two>(dims, first, end);
        Sums<Lanes128, Vector128<int>, Four>(dims, first, end);
        Sums<Lanes128, Vector128<int>, Six>(dims, first, end);
        Sums<Lanes256, Vector256<int>, One>(dims, first, end);
        Sums<Lanes256, Vector256<int>, Two>(dims, first, end);
        Sums<Lanes256, Vector256<int>, Four>(dims, first, end);
        Sums<Lanes256, Vector256<int>, Six>(dims, first, end);
        Sums<Lanes512, Vector512<int>, One>(dims, first, end);
        Sums<Lanes512, Vector512<int>, Two>(dims, first, end);
        Sums<Lanes512, Vector512<int>, Four>(dims, first, end);
        Sums<Lanes512, Vector512<int>, Six>(dims, first, end);
    }

    /// <summary>The width's scores of rows together, and those of the best width, against each row's alone and the definition.</summary>
    private static void Scores<TLanes, TVector, TRows>(int dims)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
        where TRows : struct, ITileSize
    {
        float[] query = Numbers.Normal(Rows * dims, 1);
        short[] stored = Halves(dims * BlockSize, 2, out float[] keys);
        float[] alone = new float[Rows * BlockSize], floats = new float[Rows * BlockSize], halves = new float[Rows * BlockSize], best = new float[Rows * BlockSize];
        fixed (short* ph = stored)
        fixed (float* pq = query, pk = keys, p1 = alone, pf = floats, pt = halves, pb = best)
        {
            float** queries = stackalloc float*[Rows];
            for (int row = 0; row < Rows; row++)
            {
                queries[row] = pq + (row * dims);
                FloatTile.Score(1, queries + row, pk, dims, p1 + (row * BlockSize), 0);
            }

            for (int row = 0; row + TRows.Count <= Rows; row += TRows.Count)
            {
                FloatTile.Score<TLanes, TVector, TRows>(queries + row, pk, dims, pf + (row * BlockSize), 0);
                HalfTile.Score<TLanes, TVector, TRows>(queries + row, ph, dims, pt + (row * BlockSize), 0);
                HalfTile.Score(TRows.Count, queries + row, ph, dims, pb + (row * BlockSize), 0);
            }
        }

        double[] expected = [.. Enumerable.Range(0, alone.Length).Select(i => Enumerable.Range(0, dims).Sum(d => (double)query[(i / BlockSize * dims) + d] * keys[(d * BlockSize) + (i % BlockSize)]))];
        Close.AfterSum("scores", expected, alone);
        int compared = Rows / TRows.Count * TRows.Count * BlockSize;
        LinearCase.AssertSameBits("floats", alone[..compared], floats[..compared]);
        LinearCase.AssertSameBits("halves", alone[..compared], halves[..compared]);
        LinearCase.AssertSameBits("best width", alone[..compared], best[..compared]);
    }

    /// <summary>As <see cref="Scores"/>; columns that the width leaves stay as they were.</summary>
    private static void Sums<TLanes, TVector, TRows>(int dims, int first, int end)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
        where TRows : struct, ITileSize
    {
        float[] weights = Numbers.Normal(Rows * BlockSize, 1);
        short[] stored = Halves(BlockSize * dims, 2, out float[] values);
        float[] before = Numbers.Normal(Rows * dims, 3);
        float[] factors = [0, 1, 0.5f, 0.3f, 0.9f, 2];
        float[] alone = [.. before], floats = [.. before], halves = [.. before], best = [.. before];
        int columns = 0, handedOver = 0;
        fixed (short* ph = stored)
        fixed (float* pc = factors, pw = weights, pv = values, p1 = alone, pf = floats, pt = halves, pb = best)
        {
            float** o1 = stackalloc float*[Rows], of = stackalloc float*[Rows], ot = stackalloc float*[Rows], ob = stackalloc float*[Rows];
            for (int row = 0; row < Rows; row++)
            {
                o1[row] = p1 + (row * dims);
                of[row] = pf + (row * dims);
                ot[row] = pt + (row * dims);
                ob[row] = pb + (row * dims);
                FloatTile.Accumulate(1, o1 + row, pc + row, pw + (row * BlockSize), pv, first, end, dims, 0);
            }

            for (int row = 0; row + TRows.Count <= Rows; row += TRows.Count)
            {
                float* w = pw + (row * BlockSize);
                columns = FloatTile.Accumulate<TLanes, TVector, TRows>(of + row, pc + row, w, pv, first, end, dims, 0, 0);
                Assert.Equal(columns, HalfTile.Accumulate<TLanes, TVector, TRows>(ot + row, pc + row, w, ph, first, end, dims, 0, 0));
                HalfTile.Accumulate(TRows.Count, ob + row, pc + row, w, ph, first, end, dims, 0);
                handedOver = FloatTile.Accumulate<Lanes256, Vector256<int>, TRows>(of + row, pc + row, w, pv, first, end, dims, columns, 0);
            }
        }

        Assert.InRange(dims - columns, 0, 63);
        Assert.InRange(handedOver, columns, dims);
        for (int row = 0; row < Rows / TRows.Count * TRows.Count; row++)
        {
            int start = row * dims;
            var expected = Enumerable.Range(0, dims).Select(d => ((double)before[start + d] * factors[row]) + Enumerable.Range(first, end - first).Sum(t => (double)weights[(row * BlockSize) + t] * values[(t * dims) + d]));
            Close.AfterSum($"row {row}", [.. expected], alone.AsSpan(start, dims));
            LinearCase.AssertSameBits("halves", Partly(columns), halves[start..(start + dims)]);
            LinearCase.AssertSameBits("floats, then eight lanes", Partly(handedOver), floats[start..(start + dims)]);
            LinearCase.AssertSameBits("best width", Partly(dims), best[start..(start + dims)]);

            float[] Partly(int done) => [.. alone[start..(start + done)], .. before[(start + done)..(start + dims)]];
        }
    }

    /// <summary>Normal numbers as fp16, and the same as floats.</summary>
    private static short[] Halves(int count, int seed, out float[] values)
    {
        Half[] halves = [.. Numbers.Normal(count, seed).Select(value => (Half)value)];
        values = [.. halves.Select(half => (float)half)];
        return [.. halves.Select(BitConverter.HalfToInt16Bits)];
    }
}
