using System.Runtime.Intrinsics;
using AwqIlgpu.Devices;

namespace AwqIlgpu.Benchmarks;

/// <summary>Reads memory from one end to the other with some threads: what a kernel that is bound by memory can reach.</summary>
/// <param name="threads">Threads that read.</param>
internal sealed unsafe class MemoryReader(int threads) : IDisposable
{
    private readonly CpuThreadPool _pool = new(threads);
    private readonly ulong[] _sums = new ulong[threads * 4];

    /// <summary>Reads all bytes of a span, whose length is a multiple of 128; returns a sum of them, so that nothing is left out.</summary>
    public ulong Read(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        fixed (ulong* sums = _sums)
        {
            var work = new Work(start, bytes.Length / 128, _sums.Length, sums);
            _pool.Run(ref work, _sums.Length);
        }

        return _sums.Aggregate((a, b) => a + b);
    }

    public void Dispose() => _pool.Dispose();

    private readonly struct Work(byte* start, long lines, int parts, ulong* sums) : IParallelWork
    {
        private readonly byte* _start = start;
        private readonly ulong* _sums = sums;

        public void Run(int part)
        {
            byte* end = _start + (lines * (part + 1) / parts * 128);
            var (a, b, c, d) = (Vector256<ulong>.Zero, Vector256<ulong>.Zero, Vector256<ulong>.Zero, Vector256<ulong>.Zero);
            for (byte* p = _start + (lines * part / parts * 128); p < end; p += 128)
            {
                a += Vector256.Load((ulong*)p);
                b += Vector256.Load((ulong*)(p + 32));
                c += Vector256.Load((ulong*)(p + 64));
                d += Vector256.Load((ulong*)(p + 96));
            }

            _sums[part] = Vector256.Sum(a + b + c + d);
        }
    }
}
