using System.Text.Json;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public class ExpertRoutingTests
{
    private static readonly OpsGolden s_golden = new("moe_routing");

    public static TheoryData<string> Cases => [.. s_golden.Cases];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Run_GoldenRule_ChoosesAndWeighsAlike(string name)
    {
        var rule = Rule(name);
        float[] logits = s_golden.File.Floats($"{name}.logits");
        float[] bias = s_golden.File.Contains($"{name}.bias") ? s_golden.File.Floats($"{name}.bias") : [];
        int[] expected = s_golden.File.Ints($"{name}.indices");
        double[] expectedWeights = s_golden.File.Doubles($"{name}.weights");
        int k = rule.ExpertsPerToken;
        int tokens = expected.Length / k;
        int count = logits.Length / tokens;
        int[] experts = new int[expected.Length];
        float[] weights = new float[expected.Length];
        for (int t = 0; t < tokens; t++)
        {
            Assert.True(ExpertRouting.Run(rule, logits.AsSpan(t * count, count), bias, experts.AsSpan(t * k, k), weights.AsSpan(t * k, k)));
        }

        // Where a weight of 0 follows, any expert is right.
        if (name != "extreme_logits")
        {
            Assert.Equal(expected, experts);
        }

        Close.Elementwise(name, expectedWeights, weights);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Run_LogitNotFinite_Refuses(float bad)
    {
        var experts = new int[1];
        var weights = new float[1];
        Assert.False(ExpertRouting.Run(new RoutingRule(1, RouterScore.Softmax, true), [1, bad, 2], [], experts, weights));
        Assert.True(ExpertRouting.Run(new RoutingRule(1, RouterScore.Softmax, true), [1, 3, 2], [], experts, weights));
        Assert.Equal(1, experts[0]);
    }

    private static RoutingRule Rule(string name)
    {
        var golden = s_golden.Parameters(name);
        string text = golden.GetProperty("rule").GetString()!;
        bool v3 = name.StartsWith("deepseek_v3", StringComparison.Ordinal);
        int groups = Int(golden, "n_group");
        return new RoutingRule(
            golden.GetProperty("top_k").GetInt32(),
            text.Contains("sigmoid", StringComparison.Ordinal) ? RouterScore.Sigmoid : RouterScore.Softmax,
            v3 || name is "mixtral" or "qwen3_moe_norm" or "topk_then_softmax" or "ties_softmax_norm" or "extreme_logits")
        {
            Epsilon = v3 ? 1e-20 : 0,
            Scale = golden.TryGetProperty("routed_scaling_factor", out var scale) ? scale.GetDouble() : 1,
            Groups = groups,
            KeptGroups = Int(golden, "topk_group"),
            ExpertsPerGroupScore = v3 ? 2 : 1,
        };
    }

    private static int Int(JsonElement golden, string key) => golden.TryGetProperty(key, out var value) ? value.GetInt32() : 1;
}
