using System.Runtime.InteropServices;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Benchmarks;

/// <summary>One linear layer with random int4 weights in groups of 128, and as many copies of it as no cache holds.</summary>
internal sealed unsafe class RandomProduct : IDisposable
{
    private const int GroupSize = 128;

    // More than the last-level cache of the machines this is run on.
    private const long ColdBytes = 256L << 20;

    private readonly CpuThreadPool _pool;
    private readonly LinearCall[] _calls = new LinearCall[1];
    private readonly Int4Matrix[] _weights;
    private readonly float* _x;
    private readonly float* _y;
    private readonly byte* _workspace;
    private readonly long _workspaceBytes;
    private readonly int _m;
    private readonly Precision _precision;
    private int _next;

    /// <param name="k">Input features.</param>
    /// <param name="n">Output features.</param>
    /// <param name="m">Tokens.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="cold">Whether every run takes another copy of the weights, from memory, as a decoder does.</param>
    /// <param name="precision">Arithmetic of the product.</param>
    public RandomProduct(int k, int n, int m, int threads, bool cold, Precision precision = Precision.Fast)
    {
        _precision = precision;
        _pool = new CpuThreadPool(threads);
        _m = m;
        var shape = new Int4Shape(n, k, GroupSize, TensorType.Float16);
        _weights = new Int4Matrix[cold ? (int)(ColdBytes / shape.ByteCount) + 1 : 1];
        var random = new Random(1);
        for (int i = 0; i < _weights.Length; i++)
        {
            byte* bytes = (byte*)NativeMemory.AlignedAlloc((nuint)shape.ByteCount, 64);
            random.NextBytes(new Span<byte>(bytes, (int)shape.ByteCount));
            new Span<ushort>(bytes + shape.ScaleOffset, (int)((shape.ZeroPointOffset - shape.ScaleOffset) / 2)).Fill(BitConverter.HalfToUInt16Bits((Half)0.005f));
            _weights[i] = new Int4Matrix(shape, bytes);
        }

        _x = (float*)NativeMemory.AlignedAlloc((nuint)((long)m * k * sizeof(float)), 64);
        _y = (float*)NativeMemory.AlignedAlloc((nuint)((long)m * n * sizeof(float)), 64);
        _workspaceBytes = LinearProducts.WorkspaceBytes(m, k, GroupSize);
        _workspace = (byte*)NativeMemory.AlignedAlloc((nuint)_workspaceBytes, 64);
        foreach (ref float value in new Span<float>(_x, m * k))
        {
            value = random.NextSingle() - 0.5f;
        }
    }

    /// <summary>y = x W^T.</summary>
    public void Run()
    {
        var weights = _weights[_next++ % _weights.Length];
        _calls[0] = new LinearCall(weights, _x, weights.Shape.InFeatures, _m, _y, weights.Shape.OutFeatures);
        LinearProducts.Run(_pool, _calls, _precision, CpuPaths.Best, _workspace, _workspaceBytes);
    }

    public void Dispose()
    {
        _pool.Dispose();
        foreach (var weights in _weights)
        {
            NativeMemory.AlignedFree(weights.Data);
        }

        NativeMemory.AlignedFree(_x);
        NativeMemory.AlignedFree(_y);
        NativeMemory.AlignedFree(_workspace);
    }
}
