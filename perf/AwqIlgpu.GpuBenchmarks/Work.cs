namespace AwqIlgpu.GpuBenchmarks;

/// <summary>One kernel on one shape.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Shape">What it is given.</param>
/// <param name="Bytes">Bytes that have to be moved: each input and each output once.</param>
/// <param name="Operations">Multiplications and additions of the definition; 0 where they do not matter.</param>
/// <param name="Launch">Queues it; the argument counts the launches, and neighbouring ones use different memory.</param>
internal sealed record Work(string Kernel, string Shape, long Bytes, double Operations, Action<int> Launch)
{
    /// <summary>Tokens, out features and in features of a matrix product, which cuBLAS is then asked for too.</summary>
    public (int M, int N, int K)? Product { get; init; }
}
