using AwqIlgpu.Devices;

namespace AwqIlgpu.Tests.Devices;

public sealed class CpuThreadPoolTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 5)]
    [InlineData(2, 1)]
    [InlineData(4, 3)]
    [InlineData(3, 100)]
    public void Run_Parts_EachRunsOncePerRun(int threads, int parts)
    {
        using var pool = new CpuThreadPool(threads);
        var work = new Counting(new int[parts]);
        for (int run = 1; run <= 50; run++)
        {
            pool.Run(ref work, parts);
            Assert.All(work.Counts, count => Assert.Equal(run, count));
        }
    }

    [Fact]
    public void Run_WorkersThatSleepAtOnce_WakeForEachRun()
    {
        using var pool = new CpuThreadPool(3, spinRounds: 0);
        var work = new Counting(new int[3]);
        for (int run = 1; run <= 2000; run++)
        {
            pool.Run(ref work, 3);
            Assert.All(work.Counts, count => Assert.Equal(run, count));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Run_PartThrows_ThrowsToTheCallerAndGoesOn(int part)
    {
        using var pool = new CpuThreadPool(2);
        var failing = new Failing(part);
        var thrown = Assert.Throws<InvalidDataException>(() => pool.Run(ref failing, 2));
        Assert.Equal($"part {part}", thrown.Message);

        var work = new Counting(new int[4]);
        pool.Run(ref work, 4);
        Assert.All(work.Counts, count => Assert.Equal(1, count));
    }

    [Fact]
    public void Run_InsideARun_Throws()
    {
        using var pool = new CpuThreadPool(2);
        var nested = new Nested(pool);
        Assert.Throws<InvalidOperationException>(() => pool.Run(ref nested, 2));
    }

    [Fact]
    public void Run_Disposed_Throws()
    {
        var pool = new CpuThreadPool(2);
        pool.Dispose();
        pool.Dispose();
        var work = new Counting(new int[1]);
        Assert.Throws<ObjectDisposedException>(() => pool.Run(ref work, 1));
    }

    private readonly struct Counting(int[] counts) : IParallelWork
    {
        public int[] Counts => counts;

        public void Run(int part) => Interlocked.Increment(ref counts[part]);
    }

    private readonly struct Failing(int failingPart) : IParallelWork
    {
        public void Run(int part)
        {
            if (part == failingPart)
            {
                throw new InvalidDataException($"part {part}");
            }
        }
    }

    private readonly struct Nested(CpuThreadPool pool) : IParallelWork
    {
        public void Run(int part)
        {
            var inner = new Counting(new int[2]);
            pool.Run(ref inner, 2);
        }
    }
}
