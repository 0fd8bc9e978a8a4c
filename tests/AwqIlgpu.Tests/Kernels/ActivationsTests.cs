using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public unsafe class ActivationsTests
{
    private static readonly GoldenFile s_golden = new OpsGolden("activations").File;

    public static TheoryData<string, string> Cases => new()
    {
        { "silu", nameof(Activation.Silu) },
        { "gelu_erf", nameof(Activation.GeluErf) },
        { "gelu_tanh", nameof(Activation.GeluTanh) },
        { "quick_gelu", nameof(Activation.QuickGelu) },
        { "relu", nameof(Activation.Relu) },
        { "relu2", nameof(Activation.Relu2) },
        { "sigmoid", nameof(Activation.Sigmoid) },
        { "tanh", nameof(Activation.Tanh) },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Run_GoldenValues_MatchFloat64(string name, string kind)
    {
        var activation = Enum.Parse<Activation>(kind);
        double[] expected = s_golden.Doubles(name);
        float[] x = s_golden.Floats("x");
        float[] up = s_golden.Floats("up");
        float[] y = new float[x.Length];
        Close.Activation($"{name} definition", expected, [.. x.Select(v => (float)Activations.Reference(activation, v))]);
        fixed (float* px = x, pu = up, py = y)
        {
            Activations.Run(activation, px, py, x.Length);
            Close.Activation(name, expected, y);
            if (s_golden.Contains($"{name}_mul"))
            {
                Activations.RunGated(activation, px, 0, pu, 0, py, 0, 1, x.Length);
                Close.Activation($"{name} gated", s_golden.Doubles($"{name}_mul"), y);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Run_DenseSweep_MatchesDefinition(string name, string kind)
    {
        var activation = Enum.Parse<Activation>(kind);
        float[] x = [.. Enumerable.Range(-30_000, 60_001).Select(i => i / 1000f)];
        fixed (float* px = x)
        {
            double[] expected = [.. x.Select(v => Activations.Reference(activation, v))];
            Activations.Run(activation, px, px, x.Length);
            Close.Activation(name, expected, x);
        }
    }

    [Fact]
    public void RunGated_HalvesOfOneMatrixCutAnywhere_GiveTheSameBits()
    {
        const int Rows = 3, Width = 29;
        float[] both = Numbers.Normal(Rows * 2 * Width, 4);
        float[] whole = new float[Rows * Width];
        float[] parts = new float[Rows * Width];
        fixed (float* pb = both, pw = whole, pp = parts)
        {
            Activations.RunGated(Activation.Silu, pb, 2 * Width, pb + Width, 2 * Width, pw, Width, Rows, Width);
            for (int start = 0; start < Width; start += 3)
            {
                Activations.RunGated(Activation.Silu, pb + start, 2 * Width, pb + Width + start, 2 * Width, pp + start, Width, Rows, Math.Min(3, Width - start));
            }
        }

        Assert.Equal(whole, parts);
        double[] expected = [.. Enumerable.Range(0, Rows * Width).Select(i => Activations.Reference(Activation.Silu, both[(i / Width * 2 * Width) + (i % Width)]) * both[(i / Width * 2 * Width) + Width + (i % Width)])];
        Close.Activation("silu gated", expected, whole);
    }

    [Theory]
    [InlineData(30)]
    [InlineData(50)]
    public void Softcap_GoldenValues_MatchFloat64(int cap)
    {
        float[] x = s_golden.Floats("x");
        fixed (float* px = x)
        {
            Softcap.Run(px, x.Length, cap);
        }

        Close.Activation($"softcap{cap}", s_golden.Doubles($"softcap{cap}"), x);
        Close.Activation("softcap definition", s_golden.Doubles($"softcap{cap}"), [.. s_golden.Floats("x").Select(v => (float)Softcap.Reference(v, cap))]);
    }

    [Fact]
    public void Softmax_GoldenRows_MatchFloat64()
    {
        float[] x = s_golden.Floats("softmax.x");
        double[] expected = s_golden.Doubles("softmax.y");
        int width = s_golden.Shape("softmax.x")[1];
        var definition = new double[width];
        for (int start = 0; start < x.Length; start += width)
        {
            Softmax.Reference(x.AsSpan(start, width), definition);
            Close.Activation("softmax definition", expected.AsSpan(start, width), [.. definition.Select(p => (float)p)]);
        }

        fixed (float* px = x)
        {
            Softmax.Run(px, width, px, width, x.Length / width, width);
        }

        Close.Activation("softmax", expected, x);
    }

    [Fact]
    public void Softmax_NothingButMasked_IsZero()
    {
        float[] x = [.. Enumerable.Repeat(float.NegativeInfinity, 11)];
        fixed (float* px = x)
        {
            Softmax.Run(px, 11, px, 11, 1, 11);
        }

        Assert.Equal(new float[11], x);
    }
}
