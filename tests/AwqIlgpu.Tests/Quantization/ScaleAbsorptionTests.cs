using System.Text.Json;
using AwqIlgpu.Quantization;

namespace AwqIlgpu.Tests.Quantization;

public class ScaleAbsorptionTests
{
    public static TheoryData<string, string> Recipes() => new()
    {
        { "llama_gqa", "norm_qkv" }, { "llama_gqa", "norm_gate_up" }, { "llama_gqa", "up_down" }, { "llama_gqa", "all" }, { "llama_gqa", "v_o_shared_per_kv_head" },
        { "llama_mha", "norm_qkv" }, { "llama_mha", "norm_gate_up" }, { "llama_mha", "up_down" }, { "llama_mha", "all" }, { "llama_mha", "v_o" },
    };

    [SharedTheory]
    [MemberData(nameof(Recipes))]
    public void Absorb_Recipe_KeepsWhatTheModelComputes(string modelName, string recipe)
    {
        string folder = TestData.Shared("goldens", "quantizer", "equivalence", modelName);
        var golden = new GoldenFile(Path.Combine(folder, "recipes.safetensors"));
        int[] ids = golden.Ints("input_ids");
        var model = new LlamaOracle(folder, ids.Length, frequenciesInHalf: true);
        double[] before = golden.Doubles("logits_before");
        Close.AfterSum("before", before, model.Logits(ids));

        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "recipes.json")));
        const string Prefix = "model.layers.0.";
        foreach (var (index, step) in json.RootElement.GetProperty("recipes").GetProperty(recipe).GetProperty("steps").EnumerateArray().Index())
        {
            float[] scales = golden.Floats($"{recipe}.scales.{index}");
            var previous = model[Prefix + step.GetProperty("prev_op").GetString()];
            var layers = step.GetProperty("layers").EnumerateArray().Select(l => model[Prefix + l.GetString()]).ToArray();
            if (previous.Name.EndsWith("v_proj.weight", StringComparison.Ordinal))
            {
                ScaleAbsorption.DivideRows(previous, [], AllRows(previous), scales);
                scales = model.Sharing.Expand(scales);
            }
            else if (previous.Rows == 1)
            {
                ScaleAbsorption.DivideNorm(previous.Values, [], scales);
            }
            else
            {
                ScaleAbsorption.DivideRows(previous, [], AllRows(previous), scales);
            }

            Array.ForEach(layers, layer => ScaleAbsorption.MultiplyColumns(layer, scales));
        }

        Close.SameFunction(recipe, before, model.Logits(ids));
        string after = $"{recipe}.after.";
        foreach (string name in golden.Names.Where(n => n.StartsWith(after, StringComparison.Ordinal)))
        {
            Close.Elementwise(name, golden.Doubles(name), model[name[after.Length..^".weight".Length]].Values);
        }
    }

    [Fact]
    public void Shared_QueryHeadsOfAKvHeadDiffer_Throws() =>
        Assert.Throws<ArgumentException>(() => new KvHeadSharing(2, 1, 2).Shared([1, 2, 1, 3]));

    [Fact]
    public void DivideRows_SomeRowsWithBias_LeavesTheOthers()
    {
        var fused = new WeightMatrix("qkv", [1, 1, 1, 1, 8, 8, 8, 8], 4, 2);
        float[] bias = [1, 1, 8, 8];
        ScaleAbsorption.DivideRows(fused, bias, [3, 2], [4, 2]);
        Assert.Equal([1, 1, 1, 1, 4, 4, 2, 2], fused.Values);
        Assert.Equal([1, 1, 4, 2], bias);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1f)]
    public void StorableScales_AnyWeights_DivideToWhatFp16Holds(float offset)
    {
        var random = new Random(3);
        float[] weight = [0, .. Enumerable.Range(0, 500).Select(_ => (float)(Half)((random.NextSingle() * 4) - offset) + offset)];
        float[] wanted = [.. weight.Select(_ => MathF.Exp((random.NextSingle() * 4) - 2))];
        float[] scales = ScaleAbsorption.StorableScales(weight, wanted, offset);
        for (int i = 0; i < weight.Length; i++)
        {
            float stored = (float)(Half)((weight[i] / scales[i]) - offset);
            // The quotient in float is a few bits beside the fp16 number that it stands for.
            Close.Elementwise($"weight {weight[i]}, scale {wanted[i]}", [weight[i]], [(stored + offset) * scales[i]]);
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void MultiplyColumns_ScaleThatCannotBeUndone_Throws(float scale) =>
        Assert.Throws<ArgumentException>(() => ScaleAbsorption.MultiplyColumns(new("w", [1, 2], 1, 2), [1, scale]));

    [Fact]
    public void Mean_GroupedHeads_AveragesTheQueryHeadsOfAKvHead() =>
        Assert.Equal([2, 3, 6, 7], new KvHeadSharing(4, 2, 2).Mean([1, 2, 3, 4, 5, 6, 7, 8]));

    private static int[] AllRows(WeightMatrix weight) => [.. Enumerable.Range(0, weight.Rows)];
}
