using System.Runtime.InteropServices;
using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;
using BenchmarkDotNet.Attributes;

namespace AwqIlgpu.Benchmarks;

/// <summary>Attention of one layer of Mistral-7B with a long context: a decoding step of five sequences against reading the cache's bytes, and a chunk of a prompt.</summary>
[Config(typeof(ShortRun))]
#pragma warning disable CA1001 // BenchmarkDotNet calls Cleanup.
public unsafe class AttentionBenchmarks
#pragma warning restore CA1001
{
    private const int Context = 4096;
    private const int Batch = 5;
    private const int Chunk = 256;
    private const int Heads = 32;
    private const int KvHeads = 8;
    private const int HeadDim = 128;
    private const int Blocks = Context / KvBlockLayout.BlockSize;

    // Elements of the keys and values that a step reads.
    private const double StepElements = 2.0 * Batch * Context * KvHeads * HeadDim;

    private readonly CpuThreadPool _pool = new(Environment.ProcessorCount);
    private readonly MemoryReader _reader = new(Environment.ProcessorCount);
    private readonly AttentionSequence[] _sequences = new AttentionSequence[Batch];
    private KvBlockLayout _layout;
    private long _bytes;
    private long _workspaceBytes;
    private byte* _cache;
    private byte* _workspace;
    private float* _query;
    private float* _output;
    private int* _blockTable;

    /// <summary>What the cache stores.</summary>
    [Params(KvType.Fp16, KvType.Fp32, KvType.Int8)]
    public KvType Type { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _layout = new KvBlockLayout(KvHeads, HeadDim, HeadDim, Type);
        _bytes = Batch * Blocks * _layout.ByteCount;
        _workspaceBytes = (PagedAttention.WorkspaceBytes(_layout) + 63) / 64 * 64;
        _cache = (byte*)NativeMemory.AlignedAlloc((nuint)_bytes, 64);
        _workspace = (byte*)NativeMemory.AlignedAlloc((nuint)(_workspaceBytes * _pool.ThreadCount), 64);
        _query = (float*)NativeMemory.AlignedAlloc(Chunk * Heads * HeadDim * sizeof(float), 64);
        _output = (float*)NativeMemory.AlignedAlloc(Chunk * Heads * HeadDim * sizeof(float), 64);
        _blockTable = (int*)NativeMemory.AlignedAlloc(Batch * Blocks * sizeof(int), 64);
        var random = new Random(1);
        foreach (ref ushort half in new Span<ushort>(_cache, (int)(_bytes / 2)))
        {
            half = BitConverter.HalfToUInt16Bits((Half)(random.NextSingle() - 0.5f));
        }

        foreach (ref float value in new Span<float>(_query, Chunk * Heads * HeadDim))
        {
            value = random.NextSingle() - 0.5f;
        }

        // The blocks of the sequences take turns, as they do where all of them grow at once.
        for (int i = 0; i < Batch * Blocks; i++)
        {
            _blockTable[i] = (i % Blocks * Batch) + (i / Blocks);
        }
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _pool.Dispose();
        _reader.Dispose();
        NativeMemory.AlignedFree(_cache);
        NativeMemory.AlignedFree(_workspace);
        NativeMemory.AlignedFree(_query);
        NativeMemory.AlignedFree(_output);
        NativeMemory.AlignedFree(_blockTable);
    }

    [Benchmark(Baseline = true), Work(StepElements / 1e9, "G elements")]
    public ulong ReadMemory() => _reader.Read(new ReadOnlySpan<byte>(_cache, (int)(_bytes / 128 * 128)));

    [Benchmark, Work(StepElements / 1e9, "G elements")]
    public void Decode() => Run(Batch, 1, isInt16: false);

    [Benchmark, Work(2.0 * Chunk * (Context - (Chunk / 2)) * Heads * HeadDim / 1e9, "GMAC")]
    public void Prefill() => Run(1, Chunk, isInt16: true);

    [Benchmark, Work(2.0 * Chunk * (Context - (Chunk / 2)) * Heads * HeadDim / 1e9, "GMAC")]
    public void PrefillExact() => Run(1, Chunk, isInt16: false);

    private void Run(int count, int tokens, bool isInt16)
    {
        for (int i = 0; i < count; i++)
        {
            _sequences[i] = new AttentionSequence
            {
                Query = _query + ((nint)i * Heads * HeadDim),
                QueryStride = Heads * HeadDim,
                Output = _output + ((nint)i * Heads * HeadDim),
                OutputStride = Heads * HeadDim,
                BlockTable = _blockTable + (i * Blocks),
                Position = Context - tokens,
                Tokens = tokens,
                IsInt16 = isInt16,
            };
        }

        fixed (AttentionSequence* sequences = _sequences)
        {
            var shape = new AttentionShape(Heads, KvHeads, HeadDim, HeadDim, 1 / MathF.Sqrt(HeadDim));
            var work = new AttentionWork(shape, new KvPool(_cache, (nint)_layout.ByteCount, _layout), sequences, count, _workspace, _workspaceBytes, _pool.ThreadCount);
            _pool.Run(ref work, _pool.ThreadCount);
        }
    }
}
