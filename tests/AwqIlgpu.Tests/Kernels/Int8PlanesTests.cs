using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public sealed class Int8PlanesTests
{
    /// <summary>m, n, k.</summary>
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 1, 8 },
        { 2, 17, 24 },
        { 3, 16, 128 },
        { 66, 33, 576 },
        { 5, 100, 1040 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void CopyRow_EveryRow_IsValueTimesScale(int m, int n, int k)
    {
        using var weights = new Int8Weights(n, k, seed: m);
        var row = new float[k];
        for (int r = 0; r < n; r++)
        {
            Int8Planes.CopyRow(weights.Planes, r, row);
            LinearCase.AssertSameBits($"row {r}", weights.Row(r), row);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Run_Fast_EqualsTheProductOfInt8Weights(int m, int n, int k)
    {
        using var weights = new Int8Weights(n, k, seed: m);
        var x = LinearCase.Activations(m, k, seed: n);
        double[] quantized = LinearCase.Quantized(x, weights.Planes.Shape.BlockSize);
        var expected = new double[m * n];
        for (int r = 0; r < n; r++)
        {
            float[] row = weights.Row(r);
            for (int i = 0; i < m * k; i++)
            {
                expected[(i / k * n) + r] += quantized[i] * row[i % k];
            }
        }

        foreach (var path in LinearCase.Paths)
        {
            // Sixteen times a nibble and a nibble cancel to the value, so the error is that of sums sixteen times as large.
            Close.RelativeRms($"{path}", 2e-6, expected, LinearCase.RunInt8(weights.Planes, x, m, path));
            LinearCase.AssertSameBits($"{path} 3 threads", LinearCase.RunInt8(weights.Planes, x, m, CpuPath.Vector128), LinearCase.RunInt8(weights.Planes, x, m, path, threads: 3));
        }
    }

    [Fact]
    public void Supports_WidthsThatAreNoMultipleOf8_Not() => Assert.Equal([8, 16, 24], Enumerable.Range(1, 24).Where(Int8Planes.Supports));

    private sealed unsafe class Int8Weights : IDisposable
    {
        private readonly NativeBuffer _memory;
        private readonly sbyte[] _values;
        private readonly float[] _scales;
        private readonly int _k;

        public Int8Weights(int n, int k, int seed)
        {
            var random = new Random(seed);
            var shape = Int8Planes.Shape(n, k);
            int blocks = k / shape.BlockSize;
            _k = k;
            _memory = new NativeBuffer(shape.ByteCount);
            _values = [.. Enumerable.Range(0, n * k).Select(i => (sbyte)(i % 50 == 0 ? 127 : random.Next(-127, 128)))];
            _scales = [.. Enumerable.Range(0, n * blocks).Select(_ => 0.002f + (0.01f * random.NextSingle()))];
            Planes = new Int4Matrix(shape, _memory.Pointer);
            var nibbles = new byte[Int8Planes.Count * k];
            var scales = new float[Int8Planes.Count * blocks];
            var zeroPoints = new byte[scales.Length];
            for (int r = 0; r < n; r++)
            {
                Int8Planes.Split(_values.AsSpan(r * k, k), nibbles);
                Int8Planes.Split(_scales.AsSpan(r * blocks, blocks), scales, zeroPoints);
                Int4Packing.PackWeights(Planes, new(r, 1, 0, nibbles.Length, nibbles));
                Int4Packing.PackScales(Planes, r, scales, zeroPoints);
            }

            Assert.True(_memory.IsEndUntouched);
        }

        public Int4Matrix Planes { get; }

        public float[] Row(int row) => [.. Enumerable.Range(0, _k).Select(c => _values[(row * _k) + c] * _scales[((row * _k) + c) / Planes.Shape.BlockSize])];

        public void Dispose() => _memory.Dispose();
    }
}
