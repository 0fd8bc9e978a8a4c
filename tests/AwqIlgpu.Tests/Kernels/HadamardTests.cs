using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public unsafe class HadamardTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(24)]
    [InlineData(64)]
    [InlineData(80)]
    [InlineData(192)]
    [InlineData(512)]
    public void Run_AnyHead_MatchesReferenceAndUndoesItself(int headDim)
    {
        float[] head = Numbers.Normal(headDim, 1);
        double[] expected = new double[headDim];
        Hadamard.Reference(head, expected);
        float[] turned = [.. head];
        fixed (float* p = turned)
        {
            Hadamard.Run(p, headDim);
            Close.AfterSum($"{headDim}", expected, turned);
            Hadamard.Run(p, headDim);
            Close.AfterSum($"{headDim} twice", [.. head.Select(v => (double)v)], turned);
        }
    }
}
