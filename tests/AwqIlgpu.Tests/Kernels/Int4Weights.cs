using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

/// <summary>Unpacked int4 weights of a test, their packed form, and products by definition in double.</summary>
internal sealed unsafe class Int4Weights : IDisposable
{
    private readonly NativeBuffer _memory;

    public Int4Weights(int n, int k, int groupSize, TensorType scaleType, byte[] q, byte[] zeroPoints, float[] scales)
    {
        (Q, ZeroPoints, Scales) = (q, zeroPoints, scales);
        var shape = new Int4Shape(n, k, groupSize, scaleType);
        _memory = new NativeBuffer(shape.ByteCount);
        Packed = new Int4Matrix(shape, _memory.Pointer);
        Int4Packing.PackWeights(Packed, new Int4Tile(0, n, 0, k, q));
        Int4Packing.PackScales(Packed, 0, scales, zeroPoints);
        Assert.True(_memory.IsEndUntouched);
    }

    public byte[] Q { get; }

    public byte[] ZeroPoints { get; }

    public float[] Scales { get; }

    public Int4Matrix Packed { get; }

    public static Int4Weights Random(int n, int k, int groupSize, TensorType scaleType, int seed)
    {
        var random = new Random(seed);
        var q = new byte[n * k];
        var zeroPoints = new byte[n * (k / groupSize)];
        var scales = new float[zeroPoints.Length];
        for (int i = 0; i < q.Length; i++)
        {
            q[i] = (byte)random.Next(16);
        }

        for (int i = 0; i < scales.Length; i++)
        {
            zeroPoints[i] = (byte)random.Next(16);
            float scale = 0.002f + (0.01f * random.NextSingle());
            scales[i] = scaleType switch
            {
                TensorType.Float16 => (float)(Half)scale,
                TensorType.BFloat16 => FloatConversion.BFloat16ToSingle(FloatConversion.SingleToBFloat16(scale)),
                _ => scale,
            };
        }

        return new Int4Weights(n, k, groupSize, scaleType, q, zeroPoints, scales);
    }

    /// <summary>The weight (q - zeroPoint) * scale, exact.</summary>
    public double Weight(int row, int column)
    {
        var shape = Packed.Shape;
        int group = (row * (shape.InFeatures / shape.GroupSize)) + (column / shape.GroupSize);
        return (Q[(row * shape.InFeatures) + column] - ZeroPoints[group]) * (double)Scales[group];
    }

    /// <summary>x W^T in double.</summary>
    public double[] Product(ReadOnlySpan<double> x, int m)
    {
        int n = Packed.Shape.OutFeatures;
        int k = Packed.Shape.InFeatures;
        var y = new double[m * n];
        for (int r = 0; r < n; r++)
        {
            for (int c = 0; c < k; c++)
            {
                double weight = Weight(r, c);
                for (int t = 0; t < m; t++)
                {
                    y[(t * n) + r] += x[(t * k) + c] * weight;
                }
            }
        }

        return y;
    }

    public void Dispose() => _memory.Dispose();
}
