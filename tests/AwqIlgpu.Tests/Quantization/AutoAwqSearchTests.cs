using System.Text.Json;
using AwqIlgpu.Quantization;
using AwqIlgpu.Quantization.Packing;

namespace AwqIlgpu.Tests.Quantization;

/// <summary>The searches on the first layer of a small Llama, against what AutoAWQ 0.2.9 chose with fp32 weights and activations.</summary>
public class AutoAwqSearchTests
{
    private const int SequenceLength = 64;
    private const int GroupSize = 128;
    private const double ShareOfEqualClipSteps = 0.97;
    private const double TotalClipErrorBudget = 0.015;

    // Between AutoAWQ's own runs in fp16 and in fp32.
    private const double HalfPrecisionLossBudget = 0.02;
    private const string Prefix = "model.layers.0.";

    private static readonly string[][] s_groups = [["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"], ["mlp.gate_proj", "mlp.up_proj"], ["mlp.down_proj"]];

    [SharedTheory]
    [InlineData("duo", "asym", 0)]
    [InlineData("duo", "asym", 1)]
    [InlineData("duo", "asym", 2)]
    [InlineData("noduo", "sym", 0)]
    [InlineData("noduo", "asym", 1)]
    [InlineData("duo", "sym", 2)]
    public void Search_TinyLlamaLayer_ChoosesAutoAwqsRatio(string duo, string symmetry, int group)
    {
        string run = $"search_{duo}_{symmetry}_32";
        var golden = new GoldenFile(Tiny(run + ".safetensors"));
        using var summary = JsonDocument.Parse(File.ReadAllText(Tiny(run + ".json")));
        var layer = new LayerInputs();
        float[] input = layer.Inputs[s_groups[group][0]];
        var linears = s_groups[group].Select(name => layer.Model[Prefix + name]).ToArray();
        var scheme = new QuantizationScheme(GroupSize, symmetry == "sym", QuantizerRule.ParitySingle);

        var magnitude = new InputMagnitude(linears[0].Columns);
        magnitude.Add(input.AsSpan(0, linears[0].Columns * 5));
        magnitude.Add(input.AsSpan(linears[0].Columns * 5));
        var result = new ScaleSearch(scheme, duo == "duo").Search(linears, magnitude.ToArray(), layer.LossOf(group));

        Close.AutoAwqLosses("losses", golden.Doubles($"layer0.group{group}.losses"), [.. result.Losses.Select(l => (float)l)]);
        Assert.Equal(summary.RootElement.GetProperty("layers")[0][group].GetProperty("best_ratio").GetDouble(), result.Step / (double)ScaleGrid.Size);
        Close.AutoAwqScales("best scales", golden.Doubles($"layer0.group{group}.best_scales"), result.Scales);
        Assert.Equal(result.Loss, result.Losses[result.Step]);
        Assert.True(double.IsNaN(result.IdentityLoss));
    }

    [SharedTheory]
    [InlineData("duo", "asym")]
    [InlineData("duo", "sym")]
    [InlineData("noduo", "asym")]
    [InlineData("noduo", "sym")]
    public void Search_TinyLlamaLayer_FollowsAutoAwqsCurveInHalfPrecision(string duo, string symmetry)
    {
        string run = $"search_{duo}_{symmetry}_16";
        var golden = new GoldenFile(Tiny(run + ".safetensors"));
        using var summary = JsonDocument.Parse(File.ReadAllText(Tiny(run + ".json")));
        for (int group = 0; group < s_groups.Length; group++)
        {
            var layer = new LayerInputs();
            var linears = s_groups[group].Select(name => layer.Model[Prefix + name]).ToArray();
            var magnitude = new InputMagnitude(linears[0].Columns);
            magnitude.Add(layer.Inputs[s_groups[group][0]]);
            var result = new ScaleSearch(new(GroupSize, symmetry == "sym", QuantizerRule.ParitySingle), duo == "duo").Search(linears, magnitude.ToArray(), layer.LossOf(group));

            double[] differences = [.. golden.Doubles($"layer0.group{group}.losses").Zip(result.Losses, (half, single) => Math.Abs((single / half) - 1)).Order()];
            Assert.True(differences[differences.Length / 2] <= HalfPrecisionLossBudget, $"group {group}: median loss difference {differences[differences.Length / 2]:P2}");
            if (summary.RootElement.GetProperty("layers")[0][group].GetProperty("best_ratio").GetDouble() == result.Step / (double)ScaleGrid.Size)
            {
                Close.AutoAwqScalesInHalf($"group {group}", golden.Doubles($"layer0.group{group}.best_scales"), result.Scales);
            }
        }
    }

    [SharedTheory]
    [InlineData("duo", 0)]
    [InlineData("duo", 1)]
    [InlineData("duo", 2)]
    [InlineData("noduo", 2)]
    public void Scales_TinyLlamaLayer_EqualAutoAwqs(string duo, int group)
    {
        var golden = new GoldenFile(Tiny($"search_{duo}_asym_32.safetensors"));
        var layer = new LayerInputs();
        var linears = s_groups[group].Select(name => layer.Model[Prefix + name]).ToArray();
        var magnitude = new InputMagnitude(linears[0].Columns);
        magnitude.Add(layer.Inputs[s_groups[group][0]]);
        float[] x = magnitude.ToArray();
        float[] w = ScaleGrid.WeightMagnitude(linears, new(GroupSize, false, QuantizerRule.ParitySingle));

        Close.AutoAwqScales("x_mean", golden.Doubles($"layer0.group{group}.x_mean"), x);
        Close.AutoAwqScales("w_mean", golden.Doubles($"layer0.group{group}.w_mean"), w);
        double[][] candidates = [.. golden.Doubles($"layer0.group{group}.candidate_scales").Chunk(x.Length)];
        for (int step = 0; step < candidates.Length; step++)
        {
            Close.AutoAwqScales($"step {step}", candidates[step], ScaleGrid.Scales(x, duo == "duo" ? w : [], step));
        }
    }

    [SharedTheory]
    [InlineData("self_attn.v_proj", 0)]
    [InlineData("self_attn.o_proj", -1)]
    [InlineData("mlp.gate_proj", 1)]
    [InlineData("mlp.up_proj", 1)]
    [InlineData("mlp.down_proj", 2)]
    public void ClipSearch_TinyLlamaLayer_ChoosesAutoAwqsSteps(string name, int group)
    {
        var golden = new GoldenFile(Tiny("search_duo_asym_32.safetensors"));
        var layer = new LayerInputs();
        var weight = layer.Model[Prefix + name];
        float[] input = [.. layer.Inputs[name]];
        if (group >= 0)
        {
            float[] scales = golden.Floats($"layer0.group{group}.best_scales");
            ScaleAbsorption.MultiplyColumns(weight, scales);
            for (int i = 0; i < input.Length; i++)
            {
                input[i] /= scales[i % scales.Length];
            }
        }

        if (name == "mlp.up_proj")
        {
            DivideRows(weight, golden.Floats("layer0.group2.best_scales"));
        }

        var gram = new GramMatrix(weight.Columns, GroupSize);
        gram.Add(input, input.Length / weight.Columns);
        var result = new ClipSearch(new(GroupSize, false, QuantizerRule.ParitySingle)).Search(weight, gram);

        int[] steps = golden.Ints($"layer0.clip.{name}.step");
        double[][] errors = [.. golden.Doubles($"layer0.clip.{name}.errors").Chunk(steps.Length)]; // [steps][N * G]
        double equal = result.Steps.Where((step, i) => step == steps[i]).Count() / (double)steps.Length;
        Assert.True(equal >= ShareOfEqualClipSteps, $"{name}: {equal:P1} of the clip steps are AutoAWQ's");
        Assert.InRange(result.Errors.Sum() / steps.Select((step, i) => errors[step][i]).Sum(), 1 - TotalClipErrorBudget, 1 + TotalClipErrorBudget);
        Assert.InRange(result.UnclippedErrors.Sum() / errors[0].Sum(), 1 - TotalClipErrorBudget, 1 + TotalClipErrorBudget);
        float[] maxValues = golden.Floats($"layer0.clip.{name}.max_val");
        Assert.All(steps.Index().Where(s => s.Item == result.Steps[s.Index]), s => Close.AutoAwqScales("max_val", [maxValues[s.Index]], [result.MaxValues[s.Index]]));
    }

    [SharedFact]
    public void Quantize_ReplayOfAutoAwqsChoicesInHalf_GivesItsCheckpointBitForBit()
    {
        var search = new GoldenFile(Tiny("search_duo_asym_16.safetensors"));
        var packed = new GoldenFile(Tiny("packed_duo", "model.safetensors"));
        var model = new LlamaOracle(Tiny("source"), SequenceLength);
        for (int layer = 0; layer < 2; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            float[] Scales(int group) => search.Floats($"layer{layer}.group{group}.best_scales");
            foreach (var (norm, group) in new[] { ("input_layernorm", 0), ("post_attention_layernorm", 1) })
            {
                float[] weight = model[prefix + norm].Values;
                ScaleAbsorption.DivideNorm(weight, [], Scales(group));
                ParityHalfGroup.Round(weight);
                Assert.Equal(packed.Floats($"{prefix}{norm}.weight"), weight);
            }

            for (int group = 0; group < s_groups.Length; group++)
            {
                foreach (string name in s_groups[group])
                {
                    ScaleAbsorption.MultiplyColumns(model[prefix + name], Scales(group));
                    ParityHalfGroup.Round(model[prefix + name].Values);
                }
            }

            DivideRows(model[prefix + "mlp.up_proj"], Scales(2));
            ParityHalfGroup.Round(model[prefix + "mlp.up_proj"].Values);
            foreach (string name in s_groups.SelectMany(g => g).Append("self_attn.o_proj"))
            {
                if (search.Contains($"layer{layer}.clip.{name}.max_val"))
                {
                    ClipSearchResult.Apply(model[prefix + name], search.Floats($"layer{layer}.clip.{name}.max_val"));
                }

                foreach (var tensor in GemmPacker.Pack(PseudoQuantizer.Quantize(model[prefix + name], new(GroupSize, false, QuantizerRule.ParityHalf))))
                {
                    Assert.True(packed.Bytes($"{prefix}{name}.{tensor.Name}").SequenceEqual(tensor.Data), $"{prefix}{name}.{tensor.Name} differs");
                }
            }
        }
    }

    private static void DivideRows(WeightMatrix weight, float[] scales) => ScaleAbsorption.DivideRows(weight, [], [.. Enumerable.Range(0, weight.Rows)], scales);

    private static string Tiny(params string[] path) => TestData.Shared(["goldens", "quantizer", "tiny_llama", .. path]);

    /// <summary>The unquantised model and what goes into each linear of its first layer.</summary>
    private sealed class LayerInputs
    {
        private readonly float[] _attention;
        private readonly float[] _mlp;

        public LayerInputs()
        {
            float[] x = new GoldenFile(Tiny("search_duo_asym_16.safetensors")).Floats("layer0.input");
            float[] normed = Model.RmsNorm(x, Prefix + "input_layernorm");
            float[] context = Model.AttentionContext(normed, Prefix);
            _attention = LlamaOracle.Linear(context, Model[Prefix + "self_attn.o_proj"]);
            LlamaOracle.Add(x, _attention);
            float[] mlpInput = Model.RmsNorm(x, Prefix + "post_attention_layernorm");
            float[] inner = Model.MlpInner(mlpInput, Prefix);
            _mlp = LlamaOracle.Linear(inner, Model[Prefix + "mlp.down_proj"]);
            Inputs = new()
            {
                ["self_attn.q_proj"] = normed,
                ["self_attn.v_proj"] = normed,
                ["self_attn.o_proj"] = context,
                ["mlp.gate_proj"] = mlpInput,
                ["mlp.up_proj"] = mlpInput,
                ["mlp.down_proj"] = inner,
            };
        }

        public LlamaOracle Model { get; } = new(Tiny("source"), SequenceLength);

        public Dictionary<string, float[]> Inputs { get; }

        public OutputLoss LossOf(int group)
        {
            if (group == 2)
            {
                var gram = new GramMatrix(Model[Prefix + "mlp.down_proj"].Columns, Model[Prefix + "mlp.down_proj"].Columns);
                gram.Add(Inputs["mlp.down_proj"], Inputs["mlp.down_proj"].Length / gram.Features);
                return new GramLoss(Model[Prefix + "mlp.down_proj"], gram).Of;
            }

            var trial = new LlamaOracle(Tiny("source"), SequenceLength);
            return linears =>
            {
                for (int i = 0; i < linears.Count; i++)
                {
                    trial[Prefix + s_groups[group][i]] = linears[i];
                }

                return group == 0
                    ? LlamaOracle.MeanSquare(_attention, LlamaOracle.Linear(trial.AttentionContext(Inputs["self_attn.q_proj"], Prefix), trial[Prefix + "self_attn.o_proj"]))
                    : LlamaOracle.MeanSquare(_mlp, LlamaOracle.Linear(trial.MlpInner(Inputs["mlp.gate_proj"], Prefix), trial[Prefix + "mlp.down_proj"]));
            };
        }
    }
}
