using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using Half = ILGPU.Half;

namespace AwqIlgpu.GpuBenchmarks;

/// <summary>NVIDIA's matrix product in fp16, the product that weights without quantisation would need.</summary>
internal sealed class Cublas : IDisposable
{
    private readonly CuBlas _blas;

    private Cublas(CudaAccelerator accelerator) => _blas = new CuBlas(accelerator) { Stream = (CudaStream)accelerator.DefaultStream };

    public static Cublas? TryLoad(Accelerator accelerator, out string why)
    {
        why = "";
        if (accelerator is not CudaAccelerator cuda)
        {
            why = $"{accelerator.Name} is no CUDA device";
            return null;
        }

        try
        {
            return new Cublas(cuda);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or NotSupportedException or CuBlasException)
        {
            why = $"its library does not load ({e.Message}); install CUDA's cuBLAS and put it on LD_LIBRARY_PATH";
            return null;
        }
    }

    /// <summary>y = x W^T for x [m, k] and W [n, k], sums in fp16.</summary>
    public Work Product(DeviceMemory memory, int m, int n, int k)
    {
        ArrayView<Half>[] weights = [.. memory.Copies((long)n * k * 2).Select(copy => copy.Cast<Half>())];
        var x = memory.Of<Half>((long)m * k);
        var y = memory.Of<Half>((long)m * n);
        var (one, zero) = ((Half)1f, (Half)0f);
        // Columns are cuBLAS's rows: y^T = W x^T, of which W lies transposed.
        return new Work("cuBLAS fp16", $"[{n}, {k}], m={m}", 2L * ((n * k) + (m * (n + k))), 2.0 * m * n * k, i =>
            _blas.Gemm(CuBlasOperation.Transpose, CuBlasOperation.NonTranspose, n, m, k, one, weights[i % weights.Length], k, x, k, zero, y, n));
    }

    public void Dispose() => _blas.Dispose();
}
