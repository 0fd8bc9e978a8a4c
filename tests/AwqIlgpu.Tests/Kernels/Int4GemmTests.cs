using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public sealed unsafe class Int4GemmTests
{
    /// <summary>m, n, k, group size, scale type.</summary>
    public static TheoryData<int, int, int, int, int> Shapes => new()
    {
        { 1, 1, 32, 32, (int)TensorType.Float16 },
        { 2, 15, 64, 64, (int)TensorType.BFloat16 },
        { 3, 16, 128, 128, (int)TensorType.Float16 },
        { 7, 17, 72, 72, (int)TensorType.Float32 },
        { 33, 100, 384, 128, (int)TensorType.Float16 },
        { 66, 48, 160, 32, (int)TensorType.BFloat16 },
        { 65, 24, 512, 256, (int)TensorType.Float16 },
        { 4, 384, 1024, 64, (int)TensorType.Float16 },
        { 2, 33, 136, 136, (int)TensorType.Float16 },
        { 5, 40, 96, 32, (int)TensorType.Float16 },
        { 12, 40, 96, 96, (int)TensorType.Float16 },
        { 97, 18, 80, 40, (int)TensorType.Float32 },
        { 100, 18, 80, 40, (int)TensorType.Float16 },
        { 103, 18, 80, 40, (int)TensorType.Float16 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Run_Fast_EqualsTheProductWithQuantizedActivations(int m, int n, int k, int groupSize, int scaleType)
    {
        using var weights = Int4Weights.Random(n, k, groupSize, (TensorType)scaleType, seed: n);
        var x = LinearCase.Activations(m, k, seed: m);
        var expected = weights.Product(LinearCase.Quantized(x, weights.Packed.Shape.BlockSize), m);
        foreach (var path in LinearCase.Paths)
        {
            Close.AfterSum($"{path}", expected, LinearCase.Run(weights.Packed, x, m, Precision.Fast, path));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Run_Exact_EqualsTheProduct(int m, int n, int k, int groupSize, int scaleType)
    {
        using var weights = Int4Weights.Random(n, k, groupSize, (TensorType)scaleType, seed: n);
        var x = LinearCase.Activations(m, k, seed: m);
        var expected = weights.Product([.. x.Select(v => (double)v)], m);
        foreach (var path in LinearCase.Paths)
        {
            Close.AfterSum($"{path}", expected, LinearCase.Run(weights.Packed, x, m, Precision.Exact, path));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Run_OneTokenManyTokensTwoThreadsAndEveryPath_GiveTheSameBits(int m, int n, int k, int groupSize, int scaleType)
    {
        using var weights = Int4Weights.Random(n, k, groupSize, (TensorType)scaleType, seed: n);
        var x = LinearCase.Activations(m, k, seed: m);
        foreach (var precision in Enum.GetValues<Precision>())
        {
            var expected = LinearCase.Run(weights.Packed, x, m, precision, CpuPath.Vector128);
            foreach (var path in LinearCase.Paths)
            {
                LinearCase.AssertSameBits($"{precision} {path}", expected, LinearCase.Run(weights.Packed, x, m, precision, path));
                LinearCase.AssertSameBits($"{precision} {path} one by one", expected, LinearCase.OneByOne(x, m, one => LinearCase.Run(weights.Packed, one, 1, precision, path)));
                LinearCase.AssertSameBits($"{precision} {path} 3 threads", expected, LinearCase.Run(weights.Packed, x, m, precision, path, threads: 3));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Run_FastWithLargestValues_DoesNotOverflow(int sign)
    {
        const int n = 20;
        const int k = 256;
        var q = new byte[n * k];
        q.AsSpan().Fill(15);
        var scales = new float[n * 2];
        scales.AsSpan().Fill(1);
        using var weights = new Int4Weights(n, k, 128, TensorType.Float16, q, new byte[n * 2], scales);
        var x = new float[5 * k];
        x.AsSpan().Fill(sign * 127);
        foreach (var path in LinearCase.Paths)
        {
            foreach (int m in (int[])[1, 5])
            {
                Assert.All(LinearCase.Run(weights.Packed, x[..(m * k)], m, Precision.Fast, path), y => Assert.Equal(sign * 127f * 15 * k, y));
            }
        }
    }

    [Fact]
    public void Run_FastWithZeroTinyAndNotFiniteActivations_KeepsThemToTheirToken()
    {
        const int k = 64;
        using var weights = Int4Weights.Random(16, k, 32, TensorType.Float16, seed: 9);
        var x = LinearCase.Activations(6, k, seed: 9);
        x.AsSpan(0, k).Clear();
        x.AsSpan(k, k).Fill(1e-40f);
        x[(2 * k) + 5] = float.NaN;
        x[(3 * k) + 5] = float.PositiveInfinity;
        foreach (var path in LinearCase.Paths)
        {
            var y = LinearCase.Run(weights.Packed, x, 6, Precision.Fast, path);
            Assert.All(y[..32], v => Assert.Equal(0, v));
            Assert.All(y[32..64], v => Assert.False(float.IsFinite(v)));
            Assert.All(y[64..], v => Assert.True(float.IsFinite(v)));
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public void Run_ExactWithNotFiniteActivations_KeepsThemToTheirToken(int m)
    {
        const int k = 64;
        using var weights = Int4Weights.Random(16, k, 32, TensorType.Float16, seed: 9);
        var x = LinearCase.Activations(m, k, seed: 9);
        x[((m - 1) * k) + 5] = float.NaN;
        foreach (var path in LinearCase.Paths)
        {
            var y = LinearCase.Run(weights.Packed, x, m, Precision.Exact, path);
            Assert.All(y[..^16], v => Assert.True(float.IsFinite(v)));
            Assert.All(y[^16..], v => Assert.True(float.IsNaN(v)));
        }
    }

    [SharedTheory]
    [InlineData("k256_n256_g128", "asym", 128, TensorType.Float16)]
    [InlineData("k256_n256_g128", "sym", 128, TensorType.Float16)]
    [InlineData("k512_n384_g64", "asym", 64, TensorType.Float16)]
    [InlineData("k1024_n128_g32", "asym", 32, TensorType.Float16)]
    [InlineData("k1024_n128_g32", "sym", 32, TensorType.Float16)]
    internal void Run_ExactOnGolden_IsWithinItsTolerance(string name, string symmetry, int groupSize, TensorType scaleType)
    {
        var truth = new GoldenFile(TestData.Shared("goldens", "packing", name, $"truth_{symmetry}.safetensors"));
        var products = new GoldenFile(TestData.Shared("goldens", "packing", "gemm", $"{name}_{symmetry}.safetensors"));
        int n = truth.Shape("q")[0];
        int k = truth.Shape("q")[1];
        double[] bias = truth.Contains("bias") ? truth.Doubles("bias") : new double[n];
        double[] w = truth.Doubles("w");
        using var weights = new Int4Weights(n, k, groupSize, scaleType, truth.Bytes("q").ToArray(), truth.Bytes("z").ToArray(), truth.Floats("s"));
        string[] inputs = [.. products.Names.Where(x => x.StartsWith("x_m", StringComparison.Ordinal))];
        Assert.NotEmpty(inputs);
        foreach (string input in inputs)
        {
            int m = products.Shape(input)[0];
            float[] x = products.Floats(input);
            double[] expected = products.Doubles("y" + input[1..]);
            foreach (var path in LinearCase.Paths)
            {
                float[] y = LinearCase.Run(weights.Packed, x, m, Precision.Exact, path);
                for (int i = 0; i < y.Length; i++)
                {
                    // The golden's weights are rounded to the scales' type once more: half a unit in the last place each, fp16.
                    double magnitude = 0;
                    for (int c = 0; c < k; c++)
                    {
                        magnitude += Math.Abs(x[(i / n * k) + c] * w[(i % n * k) + c]);
                    }

                    Assert.True(Math.Abs(y[i] + bias[i % n] - expected[i]) <= GoldenTolerance(k, magnitude), $"{name} {input} {path} index {i}: expected {expected[i]}, actual {y[i] + bias[i % n]}");
                }
            }
        }
    }

    /// <summary>The goldens' own rule for float accumulation, and half a unit of fp16 for their rounded weights (absolute for subnormal ones).</summary>
    private static double GoldenTolerance(int k, double magnitude) => (((1e-6 * Math.Sqrt(k)) + Math.ScaleB(1, -11)) * magnitude) + (k * Math.ScaleB(1, -25));
}
