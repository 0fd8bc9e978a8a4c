using System.Text.Json;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public unsafe class RopeTests
{
    private static readonly OpsGolden s_golden = new("rope");

    public static TheoryData<string> Cases => [.. s_golden.Cases];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Compute_GoldenConfig_MatchesFrequencies(string name)
    {
        var (parameters, length) = Parameters(name);
        var frequencies = new double[parameters.RotaryDim / 2];
        double factor = RopeFrequencies.Compute(parameters, length, frequencies);
        Close.Frequencies(name, s_golden.File.Doubles($"{name}.inv_freq"), frequencies);
        Close.Frequencies(name + " attention factor", [s_golden.Parameters(name).GetProperty("attention_factor").GetDouble()], [factor]);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Run_GoldenHeads_MatchFloat64(string name)
    {
        var (parameters, length) = Parameters(name);
        var style = s_golden.Parameters(name).GetProperty("style").GetString() switch
        {
            "half" => RopeStyle.Half,
            "interleaved_to_half" => RopeStyle.InterleavedToHalf,
            _ => RopeStyle.Interleaved,
        };
        int pairs = parameters.RotaryDim / 2;
        var frequencies = new double[pairs];
        double factor = RopeFrequencies.Compute(parameters, length, frequencies);
        int[] positions = s_golden.File.Ints($"{name}.positions");
        float[] cos = new float[positions.Length * pairs];
        float[] sin = new float[positions.Length * pairs];
        fixed (double* pf = frequencies)
        fixed (int* pp = positions)
        fixed (float* pc = cos, ps = sin)
        {
            Rope.FillTable(pf, factor, pp, positions.Length, pairs, pc, ps);
        }

        Close.Elementwise($"{name} cos", s_golden.File.Doubles($"{name}.cos"), cos);
        Close.Elementwise($"{name} sin", s_golden.File.Doubles($"{name}.sin"), sin);

        foreach (string side in new[] { "q", "k" })
        {
            float[] x = s_golden.File.Floats($"{name}.{side}");
            double[] expected = s_golden.File.Doubles($"{name}.{side}_rot");
            int[] shape = s_golden.File.Shape($"{name}.{side}");
            var definition = new float[x.Length];
            for (int row = 0; row < shape[0] * shape[1]; row++)
            {
                Rope.Reference(style, x.AsSpan(row * shape[2], shape[2]), positions[row / shape[1]], frequencies, factor, definition.AsSpan(row * shape[2], shape[2]));
            }

            double largest = x.Max(MathF.Abs) * factor;
            Close.Rope($"{name} {side} reference", largest, expected, definition);
            fixed (float* px = x, pc = cos, ps = sin)
            {
                Rope.Run(style, px, shape[1] * shape[2], shape[0], shape[1], shape[2], parameters.RotaryDim, pc, ps);
            }

            Close.Rope($"{name} {side}", largest, expected, x);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Run_OddPairCountInWiderRows_TurnsOnlyTheRotaryPart(int styleNumber)
    {
        var style = (RopeStyle)styleNumber;
        const int Tokens = 3, Heads = 2, HeadStride = 31, TokenStride = 70, RotaryDim = 22;
        var frequencies = new double[RotaryDim / 2];
        RopeFrequencies.Compute(new RopeParameters { RotaryDim = RotaryDim }, 0, frequencies);
        int[] positions = [5, 0, 1234];
        float[] cos = new float[Tokens * RotaryDim / 2];
        float[] sin = new float[Tokens * RotaryDim / 2];
        float[] x = Numbers.Normal(Tokens * TokenStride, 3);
        float[] y = [.. x];
        fixed (double* pf = frequencies)
        fixed (int* pp = positions)
        fixed (float* py = y, pc = cos, ps = sin)
        {
            Rope.FillTable(pf, 1, pp, Tokens, RotaryDim / 2, pc, ps);
            Rope.Run(style, py, TokenStride, Tokens, Heads, HeadStride, RotaryDim, pc, ps);
        }

        float[] expected = [.. x];
        for (int token = 0; token < Tokens; token++)
        {
            for (int head = 0; head < Heads; head++)
            {
                int start = (token * TokenStride) + (head * HeadStride);
                Rope.Reference(style, x.AsSpan(start, HeadStride), positions[token], frequencies, 1, expected.AsSpan(start, HeadStride));
            }
        }

        Close.Elementwise(style.ToString(), Numbers.Doubles(expected), y);
    }

    [Fact]
    public void Compute_OddRotaryDim_Throws() =>
        Assert.Throws<ArgumentException>(() => RopeFrequencies.Compute(new RopeParameters { RotaryDim = 3 }, 0, new double[1]));

    [Fact]
    public void Compute_LongRopeWithoutFactors_Throws() =>
        Assert.Throws<ArgumentException>(() => RopeFrequencies.Compute(new RopeParameters { RotaryDim = 4, Type = RopeType.LongRope, OriginalMaxPositions = 10 }, 0, new double[2]));

    [Fact]
    public void Compute_YarnWithoutTrainedLength_Throws() =>
        Assert.Throws<ArgumentException>(() => RopeFrequencies.Compute(new RopeParameters { RotaryDim = 4, Type = RopeType.Yarn }, 0, new double[2]));

    private static (RopeParameters Parameters, int SequenceLength) Parameters(string name)
    {
        var golden = s_golden.Parameters(name);
        var config = golden.GetProperty("config");
        var scaling = config.TryGetProperty("rope_scaling", out var found) ? found : default;
        string type = Text(scaling, "rope_type") ?? "default";
        int maxPositions = (int)Number(config, "max_position_embeddings", 0);
        int original = (int)(Number(scaling, "original_max_position_embeddings", 0) is var inScaling and > 0 ? inScaling : Number(config, "original_max_position_embeddings", maxPositions));
        var parameters = new RopeParameters
        {
            Type = Enum.Parse<RopeType>(type, ignoreCase: true),
            Theta = Number(config, "rope_theta", 0),
            RotaryDim = golden.GetProperty("rotary_dim").GetInt32(),
            Factor = type == "longrope" ? (double)maxPositions / original : Number(scaling, "factor", 1),
            OriginalMaxPositions = original,
            LowFrequencyFactor = Number(scaling, "low_freq_factor", 1),
            HighFrequencyFactor = Number(scaling, "high_freq_factor", 4),
            BetaFast = Number(scaling, "beta_fast", 32),
            BetaSlow = Number(scaling, "beta_slow", 1),
            Mscale = Number(scaling, "mscale", 0),
            MscaleAllDim = Number(scaling, "mscale_all_dim", 0),
            AttentionFactor = Number(scaling, "attention_factor", 0) is var given and > 0 ? given : null,
            Truncate = scaling.ValueKind != JsonValueKind.Object || !scaling.TryGetProperty("truncate", out var truncate) || truncate.GetBoolean(),
            ShortFactors = Factors("short_factor"),
            LongFactors = Factors("long_factor"),
        };
        return (parameters, golden.GetProperty("sequence_length_used").GetInt32());

        double[] Factors(string key) => scaling.ValueKind == JsonValueKind.Object && scaling.TryGetProperty(key, out var list) ? [.. list.EnumerateArray().Select(v => v.GetDouble())] : [];
    }

    private static double Number(JsonElement element, string key, double missing) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out var value) ? value.GetDouble() : missing;

    private static string? Text(JsonElement element, string key) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out var value) ? value.GetString() : null;
}
