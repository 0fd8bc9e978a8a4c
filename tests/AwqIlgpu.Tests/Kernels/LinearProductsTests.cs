using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public sealed unsafe class LinearProductsTests
{
    private const int N = 18, K = 64;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 2)]
    [InlineData(3, 5)]
    public void Run_SeveralLayersAtOnce_GivesWhatEachGivesAlone(int m, int threads)
    {
        const int k = 128;
        using var q = Int4Weights.Random(48, k, 32, TensorType.Float16, seed: 1);
        using var v = Int4Weights.Random(17, k, 32, TensorType.Float16, seed: 2);
        using var other = Int4Weights.Random(20, k, 64, TensorType.Float16, seed: 3);
        using var floats = NativeBuffer.Of(LinearCase.Activations(10, k, seed: 4));
        var dense = new FloatMatrix(10, k, TensorType.Float32, floats.Pointer);
        var x = LinearCase.Activations(m, k, seed: 5);
        using var input = NativeBuffer.Of(x);
        using var workspace = new NativeBuffer(LinearProducts.WorkspaceBytes(m, k, 32));
        using var y0 = new NativeBuffer(m * 48 * sizeof(float));
        using var y1 = new NativeBuffer(m * 17 * sizeof(float));
        using var y2 = new NativeBuffer(m * 20 * sizeof(float));
        using var y3 = new NativeBuffer(m * 10 * sizeof(float));
        using var pool = new CpuThreadPool(threads);
        foreach (var precision in Enum.GetValues<Precision>())
        {
            foreach (var path in LinearCase.Paths)
            {
                LinearProducts.Run(
                    pool,
                    [
                        new LinearCall(dense, input.FloatPointer, k, m, y3.FloatPointer, 10),
                        new LinearCall(q.Packed, input.FloatPointer, k, m, y0.FloatPointer, 48),
                        new LinearCall(v.Packed, input.FloatPointer, k, m, y1.FloatPointer, 17),
                        new LinearCall(other.Packed, input.FloatPointer, k, m, y2.FloatPointer, 20),
                    ],
                    precision,
                    path,
                    workspace.Pointer,
                    workspace.ByteCount);
                LinearCase.AssertSameBits("q", LinearCase.Run(q.Packed, x, m, precision, path), y0.Floats.ToArray());
                LinearCase.AssertSameBits("v", LinearCase.Run(v.Packed, x, m, precision, path), y1.Floats.ToArray());
                LinearCase.AssertSameBits("other group size", LinearCase.Run(other.Packed, x, m, precision, path), y2.Floats.ToArray());
                LinearCase.AssertSameBits("dense", LinearCase.Run(dense, x, m, path), y3.Floats.ToArray());
            }
        }
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(3, false)]
    [InlineData(8, true)]
    public void Run_BiasScaleStridesAndResidual_AreApplied(int m, bool accumulate)
    {
        using var weights = Int4Weights.Random(N, K, 32, TensorType.Float16, seed: 1);
        var packed = weights.Packed;
        AssertApplied(m, accumulate, x => weights.Product(x, m), (x, y, bias) => new LinearCall(packed, (float*)x, K + 5, m, (float*)y, N + 7, (float*)bias, accumulate, scale: 0.5f));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(9)]
    public void Run_Accumulating_AddsEveryRowOnce(int m)
    {
        const int n = 73;
        using var weights = Int4Weights.Random(n, K, 32, TensorType.Float16, seed: 1);
        var packed = weights.Packed;
        var x = LinearCase.Activations(m, K, seed: 2);
        var residual = LinearCase.Activations(m, n, seed: 3);
        using var input = NativeBuffer.Of(x);
        using var workspace = new NativeBuffer(LinearProducts.WorkspaceBytes(m, K, 32));
        using var pool = new CpuThreadPool(1);
        foreach (var precision in Enum.GetValues<Precision>())
        {
            foreach (var path in LinearCase.Paths)
            {
                using var y = NativeBuffer.Of(residual);
                LinearProducts.Run(pool, [new LinearCall(packed, input.FloatPointer, K, m, y.FloatPointer, n, accumulate: true)], precision, path, workspace.Pointer, workspace.ByteCount);
                LinearCase.AssertSameBits($"{precision} {path}", [.. LinearCase.Run(packed, x, m, precision, path).Zip(residual, (product, old) => old + product)], y.Floats.ToArray());
            }
        }
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(5, true)]
    [InlineData(5, false)]
    [InlineData(13, true)]
    public void Run_FloatWeightsWithBiasScaleStridesAndResidual_AreApplied(int m, bool accumulate)
    {
        float[] w = LinearCase.Activations(N, K, seed: 1);
        using var memory = NativeBuffer.Of(w);
        var weights = new FloatMatrix(N, K, TensorType.Float32, memory.Pointer);
        AssertApplied(
            m,
            accumulate,
            x => [.. Enumerable.Range(0, m * N).Select(i => Enumerable.Range(0, K).Sum(c => x[(i / N * K) + c] * w[(i % N * K) + c]))],
            (x, y, bias) => new LinearCall(weights, (float*)x, K + 5, m, (float*)y, N + 7, (float*)bias, accumulate, scale: 0.5f));
    }

    private static void AssertApplied(int m, bool accumulate, Func<double[], double[]> definition, Func<nint, nint, nint, LinearCall> call)
    {
        var x = LinearCase.Activations(m, K + 5, seed: 2);
        var bias = LinearCase.Activations(1, N, seed: 3);
        var residual = LinearCase.Activations(m, N + 7, seed: 4);
        using var input = NativeBuffer.Of(x);
        using var biasMemory = NativeBuffer.Of(bias);
        using var y = NativeBuffer.Of(residual);
        using var pool = new CpuThreadPool(2);
        LinearProducts.Run(pool, [call((nint)input.Pointer, (nint)y.Pointer, (nint)biasMemory.Pointer)], Precision.Exact, CpuPaths.Best, null, 0);

        double[] product = definition([.. Enumerable.Range(0, m * K).Select(i => (double)x[(i / K * (K + 5)) + (i % K)])]);
        double[] expected = [.. residual.Select((old, i) => i % (N + 7) >= N
            ? old
            : (0.5 * (product[(i / (N + 7) * N) + (i % (N + 7))] + bias[i % (N + 7)])) + (accumulate ? old : 0))];
        Close.AfterSum("y", expected, y.Floats);
    }

    [Fact]
    public void Run_InSteadyState_AllocatesNothing()
    {
        using var weights = Int4Weights.Random(64, 128, 32, TensorType.Float16, seed: 1);
        using var input = NativeBuffer.Of(LinearCase.Activations(200, 128, seed: 2));
        using var output = new NativeBuffer(200 * 64 * sizeof(float));
        using var workspace = new NativeBuffer(LinearProducts.WorkspaceBytes(200, 128, 32));
        using var pool = new CpuThreadPool(2);
        Run(2);
        Assert.Equal(0, ManagedAllocation.InSteadyState(() => Run(50)));

        void Run(int times)
        {
            for (int i = 0; i < times; i++)
            {
                foreach (int m in (ReadOnlySpan<int>)[1, 200])
                {
                    LinearProducts.Run(pool, [new LinearCall(weights.Packed, input.FloatPointer, 128, m, output.FloatPointer, 64)], Precision.Fast, CpuPaths.Best, workspace.Pointer, workspace.ByteCount);
                }
            }
        }
    }

    [Fact]
    public void Run_WorkspaceTooSmall_Throws()
    {
        using var weights = Int4Weights.Random(16, 128, 32, TensorType.Float16, seed: 1);
        using var memory = new NativeBuffer(4096);
        using var pool = new CpuThreadPool(1);
        Assert.Throws<ArgumentException>(() => LinearProducts.Run(pool, [new LinearCall(weights.Packed, memory.FloatPointer, 128, 1, memory.FloatPointer, 16)], Precision.Fast, CpuPaths.Best, memory.Pointer, LinearProducts.WorkspaceBytes(1, 128, 32) - 1));
    }
}
