using AwqIlgpu.Kernels;
using AwqIlgpu.Models;
using AwqIlgpu.Models.Architectures;
using BenchmarkDotNet.Attributes;

namespace AwqIlgpu.Benchmarks;

/// <summary>A layer's experts of Qwen3-30B-A3B, against a dense block with as many active weights and against memory.</summary>
/// <remarks>Routing, sorting, copying and adding up are part of the experts' time; the router's own product is not.</remarks>
[Config(typeof(ShortRun))]
#pragma warning disable CA1001 // BenchmarkDotNet calls Cleanup.
public class ExpertsBenchmarks
#pragma warning restore CA1001
{
    private const int Tokens = 512;
    private const int Hidden = 2048;
    private const int Intermediate = 768;
    private const int Experts = 128;
    private const int PerToken = 8;

    // Weights of the experts of one token.
    private const long Active = 3L * PerToken * Hidden * Intermediate;

    // Half a byte each, and for 128 of them a scale of two bytes and a zero point of half a byte.
    private const double BytesPerWeight = 0.5 + (2.5 / 128);

    // Every call of Decode takes other experts, and all of them are more than any cache holds.
    private const int Calls = Experts / PerToken;

    private readonly float[] _prefillLogits = new float[Tokens * Experts];
    private readonly float[] _decodeLogits = new float[Experts];
    private FeedForwardLayer _dense = null!;
    private FeedForwardLayer _mixture = null!;
    private MemoryReader _reader = null!;
    private int _call;

    [GlobalSetup]
    public void Setup()
    {
        var config = Architecture.Read(ModelShape.Open("qwen3-30b-a3b"));
        var layer = config.Layers[0];
        config = config with { VocabularySize = 64, Layers = [layer] };
        _mixture = new FeedForwardLayer(config, Tokens);
        _dense = new FeedForwardLayer(config with { Layers = [layer with { Experts = null, FeedForward = Llama.Gated("dense", Hidden, PerToken * Intermediate, Activation.Silu) }] }, Tokens);
        _reader = new MemoryReader(Environment.ProcessorCount);
        var random = new Random(3);
        foreach (ref float logit in _prefillLogits.AsSpan())
        {
            logit = random.NextSingle();
        }
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _mixture.Dispose();
        _dense.Dispose();
        _reader.Dispose();
    }

    [Benchmark(Baseline = true), Work(Tokens * Active / 1e9, "GMAC")]
    public void DensePrefill() => _dense.RunDense(Tokens);

    [Benchmark, Work(Tokens * Active / 1e9, "GMAC")]
    public void GroupedPrefill() => _mixture.RunExperts(_prefillLogits, Tokens);

    [Benchmark, Work(Active * BytesPerWeight / 1e9, "GB")]
    public void GroupedDecode()
    {
        _decodeLogits.AsSpan().Clear();
        _decodeLogits.AsSpan(_call % Calls * PerToken, PerToken).Fill(10);
        _call++;
        _mixture.RunExperts(_decodeLogits, 1);
    }

    [Benchmark, Work(Experts / PerToken * Active / 2 / 1e9, "GB")]
    public ulong ReadMemory() => _reader.Read(_mixture.Device.Bytes(0, Experts / PerToken * Active / 2));
}
