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
                ScaleAbsorption.ValueToOutput(previous, [], layers[0], model.Sharing.Expand(scales), model.Sharing);
                continue;
            }

            if (previous.Rows == 1)
            {
                ScaleAbsorption.DivideNorm(previous.Values, [], scales);
            }
            else
            {
                ScaleAbsorption.DivideLastRows(previous, [], scales);
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
    public void ValueToOutput_QueryHeadsOfAKvHeadDiffer_ThrowsAndChangesNothing()
    {
        var value = new WeightMatrix("v", [1, 2, 3, 4], 2, 2);
        var output = new WeightMatrix("o", [1, 2, 3, 4, 5, 6, 7, 8], 2, 4);
        var heads = new KvHeadSharing(2, 1, 2);
        Assert.Throws<ArgumentException>(() => ScaleAbsorption.ValueToOutput(value, [], output, [1, 2, 1, 3], heads));
        Assert.Equal([1, 2, 3, 4], value.Values);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], output.Values);
    }

    [Fact]
    public void ValueToOutput_FusedProjectionWithBias_DividesTheValueRowsOnly()
    {
        var fused = new WeightMatrix("qkv", [1, 1, 1, 1, 8, 8, 8, 8], 4, 2);
        var output = new WeightMatrix("o", [1, 1, 1, 1], 1, 4);
        float[] bias = [1, 1, 8, 8];
        ScaleAbsorption.ValueToOutput(fused, bias, output, [2, 4, 2, 4], new(2, 1, 2));
        Assert.Equal([1, 1, 1, 1, 4, 4, 2, 2], fused.Values);
        Assert.Equal([1, 1, 4, 2], bias);
        Assert.Equal([2, 4, 2, 4], output.Values);
    }

    [Fact]
    public void DivideNorm_WeightStoredLessOne_DividesWhatTheModelMultipliesBy()
    {
        float[] weight = [1, -0.5f];
        float[] bias = [4, 4];
        ScaleAbsorption.DivideNorm(weight, bias, [2, 0.5f], offset: 1);
        Assert.Equal([0, 0], weight);
        Assert.Equal([2, 8], bias);
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
}
