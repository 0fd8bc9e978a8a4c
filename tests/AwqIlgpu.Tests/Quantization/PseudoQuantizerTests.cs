using System.Text.Json;
using AwqIlgpu.Quantization;
using FsCheck;
using FsCheck.Fluent;

namespace AwqIlgpu.Tests.Quantization;

public class PseudoQuantizerTests
{
    private const int RandomGroups = 20_000;

    private static readonly GoldenFile s_golden = new(TestData.Golden("quantizer", "pseudo_quantize.safetensors"));

    public static TheoryData<string, string, string> AutoAwqCases()
    {
        var cases = new TheoryData<string, string, string>();
        foreach (string name in s_golden.Names.Where(n => n.EndsWith(".wq", StringComparison.Ordinal)))
        {
            string[] parts = name.Split('.');
            cases.Add(string.Join('.', parts[..^3]), parts[^3], parts[^2]);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(AutoAwqCases))]
    public void RoundTrip_ParityRule_EqualsAutoAwqBitForBit(string name, string symmetry, string arithmetic)
    {
        var weight = Load(name, out int groupSize);
        var scheme = new QuantizationScheme(groupSize, symmetry == "sym", arithmetic == "f16" ? QuantizerRule.ParityHalf : QuantizerRule.ParitySingle);
        string result = $"{name}.{symmetry}.{arithmetic}";
        var dequantized = new float[weight.Values.Length];
        var steps = new float[weight.Values.Length];
        var fits = new List<GroupFit>();
        for (int start = 0; start < steps.Length; start += groupSize)
        {
            var fit = PseudoQuantizer.FitGroup(weight, start / weight.Columns, start % weight.Columns / groupSize, groupSize, scheme);
            PseudoQuantizer.RoundTrip(weight.Values.AsSpan(start, groupSize), fit, scheme, dequantized.AsSpan(start));
            PseudoQuantizer.Steps(weight.Values.AsSpan(start, groupSize), fit, scheme, steps.AsSpan(start));
            fits.Add(fit);
        }

        Assert.Equal(s_golden.Floats($"{result}.s"), fits.Select(f => f.Scale));
        if (!scheme.Symmetric)
        {
            Assert.Equal(s_golden.Ints($"{result}.z"), fits.Select(f => (int)f.ZeroPoint));
        }

        // A symmetric q is signed there, so it has no zero point to add.
        Assert.Equal(s_golden.Ints($"{result}.q"), steps.Select((s, i) => (int)(s + (scheme.Symmetric ? 0 : fits[i / groupSize].ZeroPoint))));
        Assert.Equal(s_golden.Floats($"{result}.wq").Select(BitConverter.SingleToInt32Bits), dequantized.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Quantize_CasesThatStopAutoAwq_Throw()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(TestData.Golden("quantizer", "pseudo_quantize.json")));
        foreach (var entry in json.RootElement.GetProperty("raises").EnumerateObject())
        {
            var weight = Load(string.Join('.', entry.Name.Split('.')[..^2]), out int groupSize);
            Assert.Throws<InvalidDataException>(() => PseudoQuantizer.Quantize(weight, new(groupSize, entry.Name.Contains(".sym."), QuantizerRule.ParityHalf)));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Quantize_RobustRandomGroups_MovesNoWeightByMoreThanHalfTheStoredScale(bool symmetric)
    {
        var groups = Gen.Choose(0, int.MaxValue).Select(seed => RandomGroup(new Random(seed))).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(RandomGroups), Prop.ForAll(groups, group => IsWithinHalfAScale(group, symmetric)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Quantize_RobustGoldenGroups_MovesNoWeightByMoreThanHalfTheStoredScale(bool symmetric)
    {
        foreach (string name in s_golden.Names.Where(n => n.EndsWith(".w", StringComparison.Ordinal)))
        {
            var weight = Load(name[..^2], out int groupSize);
            foreach (float[] group in weight.Values.Chunk(groupSize))
            {
                Assert.True(IsWithinHalfAScale(group, symmetric), name);
            }
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.75f)]
    [InlineData(-3e-6f)]
    public void RoundTrip_RobustConstantGroup_KeepsItToRoundingOfTheScale(float value)
    {
        var group = new float[32];
        Array.Fill(group, value);
        var scheme = new QuantizationScheme(32, false, QuantizerRule.Robust);
        PseudoQuantizer.RoundTrip(group, PseudoQuantizer.Fit(value, value, scheme), scheme, group);
        Close.StoredScale("constant group", [.. Enumerable.Repeat((double)value, 32)], group);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(2e6f)]
    public void Quantize_RobustWeightThatNoFp16ScaleReaches_ThrowsNamingTheGroup(float bad)
    {
        var weight = new WeightMatrix("layer.weight", new float[3 * 64], 3, 64);
        weight.Values[(2 * 64) + 37] = bad;
        var error = Assert.Throws<InvalidDataException>(() => PseudoQuantizer.Quantize(weight, new(32, false, QuantizerRule.Robust)));
        Assert.Contains("layer.weight, row 2, columns 32 to 63", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Quantize_ColumnsNotAMultipleOfTheGroupSize_Throws() =>
        Assert.Throws<ArgumentException>(() => PseudoQuantizer.Quantize(new("w", new float[72], 1, 72), new(64, false, QuantizerRule.Robust)));

    private static bool IsWithinHalfAScale(float[] group, bool symmetric)
    {
        var matrix = PseudoQuantizer.Quantize(new("random", group, 1, group.Length), new(0, symmetric, QuantizerRule.Robust));
        double scale = (double)BitConverter.UInt16BitsToHalf(matrix.Scales[0]);
        bool zeroIsKept = true;
        for (int i = 0; i < group.Length; i++)
        {
            double dequantized = (matrix.Values[i] - matrix.ZeroPoints[0]) * scale;
            zeroIsKept &= group[i] != 0 || dequantized == 0;
            if (!(Math.Abs(group[i] - dequantized) <= scale / 2))
            {
                return false;
            }
        }

        return zeroIsKept && scale > 0 && double.IsFinite(scale) && matrix.Values.All(q => q <= 15) && matrix.ZeroPoints[0] <= 15;
    }

    /// <summary>Groups of 1 to 130 weights, from the fp32 subnormals to 4e5: normal, one-sided, constant, sparse, on a grid full of ties, one float beside ties, with one outlier.</summary>
    private static float[] RandomGroup(Random random)
    {
        var group = new float[random.Next(1, 131)];
        double magnitude = random.Next(4) == 0 ? 4e5 * random.NextDouble() : Math.Pow(10, (random.NextDouble() * 49) - 44);
        int kind = random.Next(8);
        float scale = (float)BitConverter.UInt16BitsToHalf((ushort)random.Next(1, 0x7400)); // to 16384: symmetric groups need 15 / 7 of it
        double center = (random.NextDouble() * 2) - 1;
        for (int i = 0; i < group.Length; i++)
        {
            double u = (random.NextDouble() * 2) - 1;
            if (kind == 7)
            {
                float tie = (random.Next(0, 15) + 0.5f) * scale;
                group[i] = i == 0 ? 15 * scale : u < 0 ? MathF.BitDecrement(tie) : MathF.BitIncrement(tie);
                continue;
            }

            group[i] = (float)(magnitude * (kind switch
            {
                0 => u,
                1 => Math.Abs(u),
                2 => -Math.Abs(u),
                3 => center + (u * 0.01),
                4 => random.Next(3) == 0 ? u : 0,
                5 => random.Next(-15, 16) / 30.0,
                _ => i == 0 ? u : u * 1e-3,
            }));
        }

        return group;
    }

    private static WeightMatrix Load(string name, out int groupSize)
    {
        groupSize = int.Parse(name[1..name.IndexOf('.', StringComparison.Ordinal)]);
        int[] shape = s_golden.Shape($"{name}.w");
        return new(name, s_golden.Floats($"{name}.w"), shape[0], shape[1]);
    }
}
