using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public unsafe class NormGoldenTests
{
    private const int Rows = 9;
    private const int ConstantRow = 6;
    private const int CancellingRow = 7;

    private static readonly GoldenFile s_golden = new OpsGolden("norms").File;

    public static TheoryData<int, string> Cases => new()
    {
        { 64, "1e-05" }, { 64, "1e-06" }, { 100, "1e-05" }, { 100, "1e-06" }, { 256, "1e-05" }, { 256, "1e-06" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void RmsNorm_GoldenRows_MatchFloat64(int width, string eps)
    {
        float[] x = s_golden.Floats($"d{width}.x");
        float[] weight = s_golden.Floats($"d{width}.weight");
        float[] weightPlusOne = [.. s_golden.Floats($"d{width}.weight_plus_one").Select(w => 1 + w)];
        Check($"d{width}.eps{eps}.rmsnorm", weight);
        Check($"d{width}.eps{eps}.rmsnorm_plus_one", weightPlusOne);

        void Check(string name, float[] scale)
        {
            double[] expected = s_golden.Doubles(name);
            var definition = new float[x.Length];
            RmsNorm.Reference(x, scale, float.Parse(eps), definition);
            Close.AfterSum(name + " reference", expected, definition);

            var y = new float[x.Length];
            fixed (float* px = x, pw = scale, py = y)
            {
                RmsNorm.Run(px, width, pw, float.Parse(eps), py, width, Rows, 1, width);
            }

            Close.AfterSum(name, expected, y);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void LayerNorm_GoldenRows_MatchFloat64(int width, string eps)
    {
        float[] x = s_golden.Floats($"d{width}.x");
        float[] weight = s_golden.Floats($"d{width}.weight");
        float[] bias = s_golden.Floats($"d{width}.bias");
        Check($"d{width}.eps{eps}.layernorm", bias);
        Check($"d{width}.eps{eps}.layernorm_no_bias", []);

        void Check(string name, float[] shift)
        {
            double[] expected = s_golden.Doubles(name);
            var definition = new float[x.Length];
            LayerNorm.Reference(x, width, weight, shift, float.Parse(eps), definition);
            Close.AfterSum(name + " reference", expected, definition);

            var y = new float[x.Length];
            fixed (float* px = x, pw = weight, pb = shift, py = y)
            {
                LayerNorm.Run(px, width, pw, pb, float.Parse(eps), py, width, Rows, 1, width);
            }

            for (int row = 0; row < Rows; row++)
            {
                var wanted = expected.AsSpan(row * width, width);
                var found = y.AsSpan(row * width, width);
                if (row == CancellingRow)
                {
                    Close.CancellingNorm($"{name} row {row}", wanted, found);
                }
                else
                {
                    Close.AfterSum($"{name} row {row}", wanted, found);
                }
            }

            Assert.Equal(shift.Length == 0 ? new float[width] : shift, y.AsSpan(ConstantRow * width, width).ToArray());
        }
    }
}
