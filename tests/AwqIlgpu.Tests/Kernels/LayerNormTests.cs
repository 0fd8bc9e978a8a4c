using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public unsafe class LayerNormTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(8, 2)]
    [InlineData(33, 1)]
    [InlineData(128, 4)]
    public void Run_SegmentsInStridedRows_MatchReference(int width, int segments)
    {
        const int Rows = 2;
        int stride = (width * segments) + 3;
        float[] x = Numbers.Normal(Rows * stride, width);
        float[] weight = Numbers.Normal(width, 1);
        float[] bias = Numbers.Normal(width, 2);
        Check(weight, bias);
        Check(weight, []);
        Check([], bias);
        Check([], []);

        void Check(float[] scale, float[] shift)
        {
            float[] y = [.. x];
            fixed (float* px = x, pw = scale, pb = shift, py = y)
            {
                LayerNorm.Run(px, stride, pw, pb, 1e-5f, py, stride, Rows, segments, width);
            }

            for (int row = 0; row < Rows; row++)
            {
                var expected = new float[width * segments];
                LayerNorm.Reference(x.AsSpan(row * stride, width * segments), width, scale, shift, 1e-5f, expected);
                Close.AfterSum($"weight {scale.Length} bias {shift.Length} row {row}", Numbers.Doubles(expected), y.AsSpan(row * stride, width * segments));
                Assert.Equal(x.AsSpan((row * stride) + (width * segments), 3), y.AsSpan((row * stride) + (width * segments), 3));
            }
        }
    }
}
