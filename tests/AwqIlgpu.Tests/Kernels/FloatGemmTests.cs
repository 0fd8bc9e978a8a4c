using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public sealed unsafe class FloatGemmTests
{
    /// <summary>m, n, k.</summary>
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 1, 1 },
        { 1, 15, 33 },
        { 2, 16, 64 },
        { 3, 17, 72 },
        { 33, 30, 520 },
        { 35, 5, 1100 },
        { 7, 100, 15 },
        { 4, 8, 40 },
        { 5, 9, 48 },
        { 6, 9, 48 },
        { 9, 20, 70 },
        { 13, 41, 1100 },
        { 8, 10, 32 },
        { 97, 77, 530 },
        { 106, 41, 90 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Run_EveryTypeAndPath_EqualsTheProduct(int m, int n, int k)
    {
        var x = LinearCase.Activations(m, k, seed: m);
        foreach (var type in (TensorType[])[TensorType.Float16, TensorType.BFloat16, TensorType.Float32])
        {
            using var memory = Weights(n, k, type, out var matrix, out double[] w);
            var expected = new double[m * n];
            for (int i = 0; i < expected.Length; i++)
            {
                for (int c = 0; c < k; c++)
                {
                    expected[i] += x[(i / n * k) + c] * w[(i % n * k) + c];
                }
            }

            foreach (var path in LinearCase.Paths)
            {
                Close.AfterSum($"{type} {path}", expected, LinearCase.Run(matrix, x, m, path));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Run_OneTokenManyTokensAndTwoThreads_GiveTheSameBits(int m, int n, int k)
    {
        var x = LinearCase.Activations(m, k, seed: m);
        foreach (var type in (TensorType[])[TensorType.Float16, TensorType.BFloat16, TensorType.Float32])
        {
            using var memory = Weights(n, k, type, out var matrix, out _);
            foreach (var path in LinearCase.Paths)
            {
                var expected = LinearCase.Run(matrix, x, m, path);
                LinearCase.AssertSameBits($"{type} {path} one by one", expected, LinearCase.OneByOne(x, m, one => LinearCase.Run(matrix, one, 1, path)));
                LinearCase.AssertSameBits($"{type} {path} 2 threads", expected, LinearCase.Run(matrix, x, m, path, threads: 2));
            }
        }
    }

    [Theory]
    [InlineData(TensorType.Float16)]
    [InlineData(TensorType.BFloat16)]
    [InlineData(TensorType.Float32)]
    internal void CopyRow_EveryType_GivesTheRow(TensorType type)
    {
        using var memory = Weights(5, 37, type, out var matrix, out double[] w);
        var row = new float[37];
        matrix.CopyRow(3, row);
        Close.Elementwise("row 3", w.AsSpan(3 * 37, 37), row);
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.CopyRow(5, row));
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.CopyRow(-1, row));
    }

    private static NativeBuffer Weights(int n, int k, TensorType type, out FloatMatrix matrix, out double[] values)
    {
        var random = new Random(n + k);
        var memory = new NativeBuffer(FloatMatrix.ByteCount(n, k, type));
        matrix = new FloatMatrix(n, k, type, memory.Pointer);
        values = new double[n * k];
        for (int i = 0; i < values.Length; i++)
        {
            // Some are subnormal in fp16.
            float value = ((random.NextSingle() * 2) - 1) * (random.Next(10) == 0 ? 1e-5f : 0.1f);
            switch (type)
            {
                case TensorType.Float16:
                    ((Half*)memory.Pointer)[i] = (Half)value;
                    values[i] = (double)(Half)value;
                    break;
                case TensorType.BFloat16:
                    ((ushort*)memory.Pointer)[i] = FloatConversion.SingleToBFloat16(value);
                    values[i] = FloatConversion.BFloat16ToSingle(FloatConversion.SingleToBFloat16(value));
                    break;
                default:
                    ((float*)memory.Pointer)[i] = value;
                    values[i] = value;
                    break;
            }
        }

        return memory;
    }
}
