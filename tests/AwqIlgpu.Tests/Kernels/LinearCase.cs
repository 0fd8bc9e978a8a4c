using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

/// <summary>Runs linear layers on managed arrays.</summary>
internal static unsafe class LinearCase
{
    public static CpuPath[] Paths { get; } = Enum.GetValues<CpuPath>();

    /// <summary>Activations with outliers, as models have them.</summary>
    public static float[] Activations(int m, int k, int seed)
    {
        var random = new Random(seed);
        var x = new float[m * k];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = ((random.NextSingle() * 2) - 1) * (random.Next(50) == 0 ? 20 : 1);
        }

        return x;
    }

    /// <summary>Activations rounded to int8 per block, by definition.</summary>
    public static double[] Quantized(float[] x, int blockSize)
    {
        var result = new double[x.Length];
        for (int start = 0; start < x.Length; start += blockSize)
        {
            float max = x.AsSpan(start, blockSize).ToArray().Max(Math.Abs);
            for (int i = start; i < start + blockSize; i++)
            {
                result[i] = Math.Round((double)(x[i] * (127 / max)), MidpointRounding.ToEven) * (max / 127);
            }
        }

        return result;
    }

    public static float[] Run(Int4Matrix weights, float[] x, int m, Precision precision, CpuPath path, int threads = 1) =>
        Run(weights.Shape.OutFeatures, x, m, weights.Shape.GroupSize, precision, path, threads, (px, py) => new LinearCall(weights, (float*)px, weights.Shape.InFeatures, m, (float*)py, weights.Shape.OutFeatures));

    public static float[] Run(FloatMatrix weights, float[] x, int m, CpuPath path, int threads = 1) =>
        Run(weights.OutFeatures, x, m, 8, Precision.Fast, path, threads, (px, py) => new LinearCall(weights, (float*)px, weights.InFeatures, m, (float*)py, weights.OutFeatures));

    public static float[] RunInt8(Int4Matrix planes, float[] x, int m, CpuPath path, int threads = 1)
    {
        int k = planes.Shape.InFeatures / Int8Planes.Count;
        return Run(planes.Shape.OutFeatures, x, m, planes.Shape.GroupSize, Precision.Fast, path, threads, (px, py) => new LinearCall(planes, (float*)px, k, m, (float*)py, planes.Shape.OutFeatures) { XFeatures = k });
    }

    private static float[] Run(int n, float[] x, int m, int groupSize, Precision precision, CpuPath path, int threads, Func<nint, nint, LinearCall> call)
    {
        using var pool = new CpuThreadPool(threads);
        using var input = NativeBuffer.Of(x);
        using var output = new NativeBuffer(m * n * sizeof(float));
        var linear = call((nint)input.Pointer, (nint)output.Pointer);
        using var workspace = new NativeBuffer(LinearProducts.WorkspaceBytes(m, linear.InFeatures, groupSize));
        LinearProducts.Run(pool, [linear], precision, path, workspace.Pointer, workspace.ByteCount);
        Assert.True(output.IsEndUntouched && workspace.IsEndUntouched);
        return output.Floats.ToArray();
    }

    /// <summary>The m tokens one call each.</summary>
    public static float[] OneByOne(float[] x, int m, Func<float[], float[]> run)
    {
        int k = x.Length / m;
        return [.. Enumerable.Range(0, m).SelectMany(t => run(x[(t * k)..((t + 1) * k)]))];
    }

    /// <summary>Fails at the first value whose bits differ.</summary>
    public static void AssertSameBits(string what, float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]), $"{what}: index {i}: expected {expected[i]:R}, actual {actual[i]:R}");
        }
    }
}
