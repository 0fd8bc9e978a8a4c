using AwqIlgpu.Quantization;

namespace AwqIlgpu.Tests.Quantization;

public sealed class ParallelWorkTests
{
    [Fact]
    public void Run_LimitOfOneThread_NoTwoPiecesAtATime()
    {
        int running = 0;
        int most = 0;
        int done = 0;
        using (ParallelWork.Limit(1))
        {
            ParallelWork.Run(1000, _ =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                Thread.SpinWait(1000);
                Interlocked.Decrement(ref running);
                Interlocked.Increment(ref done);
            });
        }

        Assert.Equal(1, most);
        Assert.Equal(1000, done);
    }

    [Fact]
    public void Run_PieceThrows_ArrivesAsItWasThrown() =>
        Assert.Throws<InvalidDataException>(() => ParallelWork.Run(10, piece => throw new InvalidDataException($"{piece}")));
}
