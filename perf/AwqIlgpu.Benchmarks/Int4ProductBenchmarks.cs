using BenchmarkDotNet.Attributes;

namespace AwqIlgpu.Benchmarks;

/// <summary>Int4 products of the shapes of Mistral-7B, on all cores, for as many tokens as decoding, batches and prompts have.</summary>
[Config(typeof(ShortRun))]
#pragma warning disable CA1001 // BenchmarkDotNet calls Cleanup.
public class Int4ProductBenchmarks
#pragma warning restore CA1001
{
    private RandomProduct _product = null!;

    /// <summary>Input features.</summary>
    [Params(4096)]
    public int K { get; set; }

    /// <summary>Output features.</summary>
    [Params(4096, 14336)]
    public int N { get; set; }

    /// <summary>Tokens.</summary>
    [Params(1, 5, 8, 64, 512)]
    public int M { get; set; }

    [GlobalSetup]
    public void Setup() => _product = new RandomProduct(K, N, M, Environment.ProcessorCount, cold: M == 1);

    [GlobalCleanup]
    public void Cleanup() => _product.Dispose();

    [Benchmark, Work(1e-9, "GMAC", "K", "N", "M")]
    public void Product() => _product.Run();

    [Benchmark, Work((0.5 + (2.5 / 128)) * 1e-9, "GB", "K", "N")]
    public void Bytes() => _product.Run();
}
