using System.Runtime.InteropServices;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Benchmarks;

/// <summary>One linear layer with random weights, int4 in groups of 128 or fp16, and as many copies of it as no cache holds.</summary>
internal sealed unsafe class RandomProduct : IDisposable
{
    private const int GroupSize = 128;

    // More than the last-level cache of the machines this is run on.
    private const long ColdBytes = 256L << 20;

    private readonly CpuThreadPool _pool;
    private readonly LinearCall[] _calls = new LinearCall[1];
    private readonly LinearCall[] _copies;
    private readonly float* _x;
    private readonly float* _y;
    private readonly byte* _workspace;
    private readonly long _workspaceBytes;
    private readonly Precision _precision;
    private int _next;

    /// <param name="k">Input features.</param>
    /// <param name="n">Output features.</param>
    /// <param name="m">Tokens.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="cold">Whether every run takes another copy of the weights, from memory, as a decoder does.</param>
    /// <param name="precision">Arithmetic of the product.</param>
    /// <param name="format">Type of the weights.</param>
    public RandomProduct(int k, int n, int m, int threads, bool cold, Precision precision = Precision.Fast, WeightFormat format = WeightFormat.Awq)
    {
        _precision = precision;
        _pool = new CpuThreadPool(threads);
        _x = (float*)NativeMemory.AlignedAlloc((nuint)((long)m * k * sizeof(float)), 64);
        _y = (float*)NativeMemory.AlignedAlloc((nuint)((long)m * n * sizeof(float)), 64);
        _workspaceBytes = LinearProducts.WorkspaceBytes(m, k, GroupSize);
        _workspace = (byte*)NativeMemory.AlignedAlloc((nuint)_workspaceBytes, 64);
        var random = new Random(1);
        foreach (ref float value in new Span<float>(_x, m * k))
        {
            value = random.NextSingle() - 0.5f;
        }

        var shape = new Int4Shape(n, k, GroupSize, TensorType.Float16);
        long bytes = format == WeightFormat.Awq ? shape.ByteCount : FloatMatrix.ByteCount(n, k, TensorType.Float16);
        _copies = new LinearCall[cold ? (int)(ColdBytes / bytes) + 1 : 1];
        for (int i = 0; i < _copies.Length; i++)
        {
            byte* weights = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
            if (format == WeightFormat.Awq)
            {
                random.NextBytes(new Span<byte>(weights, (int)bytes));
                new Span<ushort>(weights + shape.ScaleOffset, (int)((shape.ZeroPointOffset - shape.ScaleOffset) / 2)).Fill(BitConverter.HalfToUInt16Bits((Half)0.005f));
                _copies[i] = new LinearCall(new Int4Matrix(shape, weights), _x, k, m, _y, n);
            }
            else
            {
                foreach (ref var value in new Span<Half>(weights, (int)(bytes / sizeof(Half))))
                {
                    value = (Half)(random.NextSingle() - 0.5f);
                }

                _copies[i] = new LinearCall(new FloatMatrix(n, k, TensorType.Float16, weights), _x, k, m, _y, n);
            }
        }
    }

    /// <summary>y = x W^T.</summary>
    public void Run()
    {
        _calls[0] = _copies[_next++ % _copies.Length];
        LinearProducts.Run(_pool, _calls, _precision, CpuPaths.Best, _workspace, _workspaceBytes);
    }

    public void Dispose()
    {
        _pool.Dispose();
        foreach (var call in _copies)
        {
            NativeMemory.AlignedFree(call.IsInt4 ? call.Int4.Data : call.Float.Data);
        }

        NativeMemory.AlignedFree(_x);
        NativeMemory.AlignedFree(_y);
        NativeMemory.AlignedFree(_workspace);
    }
}
