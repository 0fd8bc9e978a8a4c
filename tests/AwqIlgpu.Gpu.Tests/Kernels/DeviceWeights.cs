using AwqIlgpu.Checkpoints;
using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Kernels;
using AwqIlgpu.Tests.Kernels;

namespace AwqIlgpu.Gpu.Tests.Kernels;

/// <summary>Weights of a test, on the device.</summary>
internal static class DeviceWeights
{
    public static unsafe Int4View Of(TestAccelerator device, Int4Weights weights)
    {
        var shape = weights.Packed.Shape;
        return new Int4View(shape, device.Of(new ReadOnlySpan<byte>(weights.Packed.Data, checked((int)shape.ByteCount)).ToArray()));
    }

    /// <summary>Float weights as stored, and the values that they hold.</summary>
    public static (FloatView View, double[] Values) Random(TestAccelerator device, int rows, int columns, TensorType type, int seed)
    {
        float[] values = Numbers.Normal(rows * columns, seed);
        byte[] bytes = new byte[values.Length * type.Size()];
        var doubles = new double[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            switch (type)
            {
                case TensorType.Float16:
                    var half = (Half)values[i];
                    BitConverter.TryWriteBytes(bytes.AsSpan(2 * i), half);
                    doubles[i] = (double)half;
                    break;
                case TensorType.BFloat16:
                    ushort bits = FloatConversion.SingleToBFloat16(values[i]);
                    BitConverter.TryWriteBytes(bytes.AsSpan(2 * i), bits);
                    doubles[i] = FloatConversion.BFloat16ToSingle(bits);
                    break;
                default:
                    BitConverter.TryWriteBytes(bytes.AsSpan(4 * i), values[i]);
                    doubles[i] = values[i];
                    break;
            }
        }

        return (new FloatView(rows, columns, type, device.Of(bytes)), doubles);
    }

    /// <summary>x W^T in double.</summary>
    public static double[] Product(ReadOnlySpan<float> x, ReadOnlySpan<double> weights, int m, int n, int k)
    {
        var y = new double[m * n];
        for (int i = 0; i < y.Length; i++)
        {
            for (int c = 0; c < k; c++)
            {
                y[i] += x[(i / n * k) + c] * weights[(i % n * k) + c];
            }
        }

        return y;
    }
}
