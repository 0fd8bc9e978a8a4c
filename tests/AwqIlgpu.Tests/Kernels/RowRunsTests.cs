using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public sealed class RowRunsTests
{
    [Theory]
    [InlineData(0, 1, 1, 4)]
    [InlineData(5, 9, 1, 4)]
    [InlineData(0, 10, 1, 4)]
    [InlineData(32, 33, 16, 3)]
    [InlineData(16, 80, 16, 3)]
    [InlineData(16, 95, 16, 3)]
    [InlineData(8, 33, 8, 2)]
    [InlineData(64, 130, 32, 1)]
    public void Runs_TogetherHoldEveryRowOnce(int start, int end, int tileRows, int runs)
    {
        var cut = new RowRuns(start, end, tileRows, runs);
        var rows = new List<int>();
        for (int run = 0; run < runs; run++)
        {
            for (int tile = 0; tile < cut.Length; tile++)
            {
                int row = cut.Row(run, tile);
                Assert.InRange(row, start, end - 1);
                rows.AddRange(Enumerable.Range(row, cut.Count(run, tile)));
            }
        }

        Assert.Equal(Enumerable.Range(start, end - start), rows);
    }
}
