using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using BenchmarkDotNet.Attributes;

namespace AwqIlgpu.Benchmarks;

/// <summary>What this machine can do at most: the rates that others are shares of.</summary>
[Config(typeof(ShortRun))]
#pragma warning disable CA1001 // BenchmarkDotNet calls Cleanup.
public class MachinePeakBenchmarks
#pragma warning restore CA1001
{
    private const int Bytes = 1 << 29;
    private const int Rounds = 1 << 20;
    private const int ProductsPerRound = 8;

    private readonly byte[] _memory = GC.AllocateUninitializedArray<byte>(Bytes, pinned: true);
    private MemoryReader _reader = null!;
    private sbyte _factor;

    [GlobalSetup]
    public void Setup()
    {
        _memory.AsSpan().Fill(1);
        _factor = 1;
        _reader = new MemoryReader(Environment.ProcessorCount);
    }

    [GlobalCleanup]
    public void Cleanup() => _reader.Dispose();

    [Benchmark, Work(Bytes / 1e9, "GB")]
    public ulong ReadMemory() => _reader.Read(_memory);

    /// <summary>Multiply-adds of one core: products of u4 and s8 and their sums in registers, no loads.</summary>
    [Benchmark, Work((double)Rounds * ProductsPerRound * 32 / 1e9, "GMAC")]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int MultiplyAdd()
    {
        if (!Avx2.IsSupported)
        {
            return 0;
        }

        // Eight different pairs of operands, and others in every round: nothing that could be computed once.
        var (w0, w1, w2, w3) = (Vector256.Create((byte)15), Vector256.Create((byte)14), Vector256.Create((byte)13), Vector256.Create((byte)12));
        var (x, y) = (Vector256.Create(_factor), Vector256.Create((sbyte)2));
        var (a0, a1, a2, a3) = (Vector256<short>.Zero, Vector256<short>.Zero, Vector256<short>.Zero, Vector256<short>.Zero);
        var (a4, a5, a6, a7) = (a0, a0, a0, a0);
        for (int i = 0; i < Rounds; i++)
        {
            a0 += Avx2.MultiplyAddAdjacent(w0, x);
            a1 += Avx2.MultiplyAddAdjacent(w1, x);
            a2 += Avx2.MultiplyAddAdjacent(w2, x);
            a3 += Avx2.MultiplyAddAdjacent(w3, x);
            a4 += Avx2.MultiplyAddAdjacent(w0, y);
            a5 += Avx2.MultiplyAddAdjacent(w1, y);
            a6 += Avx2.MultiplyAddAdjacent(w2, y);
            a7 += Avx2.MultiplyAddAdjacent(w3, y);
            (x, y) = (y, x ^ y);
        }

        return (a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7)[0];
    }
}
