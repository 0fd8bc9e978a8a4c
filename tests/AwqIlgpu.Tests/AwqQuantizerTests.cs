using System.Text.Json;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Models.Architectures;
using AwqIlgpu.Quantization;
using AwqIlgpu.Tests.Checkpoints;
using AwqIlgpu.Tests.Models;
using Xunit.Abstractions;

namespace AwqIlgpu.Tests;

public sealed class AwqQuantizerTests(ITestOutputHelper output) : IDisposable
{
    private const double SameChoice = 2e-3;
    private const double ShareOfEqualCodes = 0.98;

    // AutoAWQ's own runs in fp16 and fp32 differ so much: goldens/quantizer/README.md.
    private const double ShareOfEqualCodesInHalf = 0.85;
    private const double HalfPrecisionRegret = 0.05;

    private readonly string _folder = Directory.CreateTempSubdirectory("awqilgpu-quantizer-").FullName;

    private static string TinySource => TestData.Shared("goldens", "quantizer", "tiny_llama", "source");

    private static string DemoSource => TestData.Shared("models", "demo-stories", "fp16");

    public static TheoryData<string> Models => [.. GoldenModel.Shared];

    public static TheoryData<string> FloatModels => [.. GoldenModel.Shared.Where(name => Directory.Exists(TestData.Shared("goldens", "models", name, "fp16")))];

    private static readonly Lazy<int[]> s_tinySays = new(() => Says(TinySource, 24, 64, seed: 1));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SharedTheory]
    [InlineData("duo", false)]
    [InlineData("duo", true)]
    [InlineData("noduo", false)]
    [InlineData("noduo", true)]
    public void Quantize_Parity_MakesAutoAwqsChoices(string search, bool symmetric)
    {
        var report = AwqQuantizer.Quantize(TinySource, Output("out"), AutoAwqCalibration(), new()
        {
            Mode = QuantizationMode.Parity,
            Search = search == "duo" ? ScaleSearchKind.Duo : ScaleSearchKind.Activation,
            Symmetric = symmetric,
        });

        string run = $"search_{search}_{(symmetric ? "sym" : "asym")}_32";
        using var json = JsonDocument.Parse(File.ReadAllText(TestData.Shared("goldens", "quantizer", "tiny_llama", run + ".json")));
        var golden = new GoldenFile(TestData.Shared("goldens", "quantizer", "tiny_llama", run + ".safetensors"));
        var expected = json.RootElement.GetProperty("layers").EnumerateArray().SelectMany((layer, i) => layer.EnumerateArray().Select((group, j) => (Group: group, Key: $"layer{i}.group{j}.losses"))).ToList();
        Assert.Equal(expected.Count, report.Groups.Count);
        foreach (var ((group, key), actual) in expected.Zip(report.Groups))
        {
            double best = group.GetProperty("best_loss").GetDouble();
            if (actual.Ratio != group.GetProperty("best_ratio").GetDouble())
            {
                double chosen = golden.Doubles(key)[(int)Math.Round(actual.Ratio!.Value * 20)];
                Assert.True((chosen / best) - 1 <= SameChoice, $"{key}: ratio {actual.Ratio}, AutoAWQ's {group.GetProperty("best_ratio")}");
            }

            Close.AutoAwqLosses(key, [best], [(float)actual.LossAfter]);
        }
    }

    [SharedTheory]
    [InlineData("duo", false)]
    [InlineData("duo", true)]
    [InlineData("noduo", false)]
    [InlineData("noduo", true)]
    public void Quantize_Parity_ChoosesOnAutoAwqsHalfPrecisionCurveNotMuchWorse(string search, bool symmetric)
    {
        var report = AwqQuantizer.Quantize(TinySource, Output("out"), AutoAwqCalibration(), new()
        {
            Mode = QuantizationMode.Parity,
            Search = search == "duo" ? ScaleSearchKind.Duo : ScaleSearchKind.Activation,
            Symmetric = symmetric,
        });

        var golden = new GoldenFile(TestData.Shared("goldens", "quantizer", "tiny_llama", $"search_{search}_{(symmetric ? "sym" : "asym")}_16.safetensors"));
        string[] keys = [.. golden.Names.Where(n => n.EndsWith(".losses", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        Assert.Equal(keys.Length, report.Groups.Count);
        foreach (var (key, group) in keys.Zip(report.Groups))
        {
            double[] curve = golden.Doubles(key);
            double regret = (curve[(int)Math.Round(group.Ratio!.Value * 20)] / curve.Min()) - 1;
            Assert.True(regret <= HalfPrecisionRegret, $"{key}: ratio {group.Ratio} loses {regret:P2} more than AutoAWQ's in fp16");
        }
    }

    [SharedTheory]
    [InlineData("packed_duo_fp32_search_layer0.safetensors", ShareOfEqualCodes)]
    [InlineData("packed_duo/model.safetensors", ShareOfEqualCodesInHalf)]
    public void Quantize_Parity_RoundsAsAutoAwq(string packed, double share)
    {
        AwqQuantizer.Quantize(TinySource, Output("out"), AutoAwqCalibration(), new() { Mode = QuantizationMode.Parity });

        var golden = new GoldenFile(TestData.Shared("goldens", "quantizer", "tiny_llama", packed));
        var actual = new GoldenFile(Path.Combine(Output("out"), "model.safetensors"));
        long equal = 0;
        long all = 0;
        foreach (string name in golden.Names.Where(n => n.EndsWith(".qweight", StringComparison.Ordinal)))
        {
            Assert.Equal(golden.Shape(name), actual.Shape(name));
            var expectedBytes = golden.Bytes(name);
            var actualBytes = actual.Bytes(name);
            for (int i = 0; i < expectedBytes.Length; i++)
            {
                equal += (expectedBytes[i] & 15) == (actualBytes[i] & 15) ? 1 : 0;
                equal += expectedBytes[i] >> 4 == actualBytes[i] >> 4 ? 1 : 0;
            }

            all += 2L * expectedBytes.Length;
        }

        Assert.True(all > 0 && equal >= share * all, $"{equal} of {all} codes are AutoAWQ's");
    }

    [SharedTheory]
    [InlineData(QuantizationMode.Robust, false)]
    [InlineData(QuantizationMode.Robust, true)]
    [InlineData(QuantizationMode.Parity, false)]
    public void Quantize_StoppedBetweenLayersAndResumed_WritesTheSameBytes(QuantizationMode mode, bool propagate)
    {
        var options = new AwqQuantizerOptions { Mode = mode, Propagate = propagate };
        AwqQuantizer.Quantize(TinySource, Output("whole"), TinyCalibration(), options);

        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => AwqQuantizer.Quantize(TinySource, Output("cut"), TinyCalibration(), options, new Call(_ => cancellation.Cancel()), cancellation.Token));
        Assert.False(Directory.Exists(Output("cut")));
        var report = AwqQuantizer.Quantize(TinySource, Output("cut"), TinyCalibration(), options with { Resume = true, Threads = 1 });

        Assert.Equal(1, report.ResumedLayers);
        Assert.False(Directory.Exists(Output("cut.partial")));
        Assert.Equal(["config.json", "model.safetensors"], Files("cut").Keys.Where(f => f is "config.json" or "model.safetensors"));
        Assert.Equal(Files("whole"), Files("cut"));
    }

    [SharedFact]
    public void Quantize_StoppedWhileTheResultIsPutTogether_CanBeResumed()
    {
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => AwqQuantizer.Quantize(TinySource, Output("cut"), TinyCalibration(), new(), new Call(p => CancelAfterLast(p, cancellation)), cancellation.Token));
        var report = AwqQuantizer.Quantize(TinySource, Output("cut"), TinyCalibration(), new() { Resume = true });
        Assert.Equal(2, report.ResumedLayers);
        Assert.True(File.Exists(Path.Combine(Output("cut"), "model.safetensors")));
    }

    [SharedFact]
    public void Quantize_UnfinishedRun_IsNeitherOverwrittenNorResumedWithOtherSettings()
    {
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => AwqQuantizer.Quantize(TinySource, Output("cut"), TinyCalibration(), new(), new Call(_ => cancellation.Cancel()), cancellation.Token));
        Assert.Contains("--resume", Assert.Throws<IOException>(() => AwqQuantizer.Quantize(TinySource, Output("cut"), TinyCalibration())).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => AwqQuantizer.Quantize(TinySource, Output("cut"), TinyCalibration(), new() { Resume = true, Clip = false }));
    }

    /// <summary>The same tokens cut otherwise are another calibration, though their bytes are the same.</summary>
    [SharedFact]
    public void Quantize_ResumedWithOtherwiseCutCalibration_IsRefused()
    {
        var whole = TinyCalibration();
        var halves = CalibrationSet.FromTokens(whole.Sequences.SelectMany(sequence => sequence), 2 * whole.Sequences.Count, whole.Sequences[0].Length / 2);
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => AwqQuantizer.Quantize(TinySource, Output("cut"), whole, new(), new Call(_ => cancellation.Cancel()), cancellation.Token));
        Assert.Throws<InvalidDataException>(() => AwqQuantizer.Quantize(TinySource, Output("cut"), halves, new() { Resume = true }));
    }

    /// <summary>A run that was ended while its parts were being removed leaves parts without settings.</summary>
    [SharedFact]
    public void Quantize_LeftoversWithoutSettings_AreNotTaken()
    {
        var options = new AwqQuantizerOptions { Search = ScaleSearchKind.None, Clip = false, Rounding = WeightRounding.Nearest };
        AwqQuantizer.Quantize(TinySource, Output("whole"), null, options);
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => AwqQuantizer.Quantize(TinySource, Output("cut"), null, options with { Symmetric = true }, new Call(_ => cancellation.Cancel()), cancellation.Token));
        File.Delete(Path.Combine(Output("cut.partial"), "settings.sha256"));

        AwqQuantizer.Quantize(TinySource, Output("cut"), null, options);

        Assert.Equal(Files("whole"), Files("cut"));
    }

    [SharedTheory]
    [InlineData(QuantizationFormat.Gemm, "modules_to_not_convert")]
    [InlineData(QuantizationFormat.CompressedTensors, "ignore")]
    public void Quantize_SkippedLinears_AreNamedWhole(QuantizationFormat format, string key)
    {
        AwqQuantizer.Quantize(TinySource, Output("out"), null, new() { Search = ScaleSearchKind.None, Clip = false, Rounding = WeightRounding.Nearest, Format = format, Skip = ["down_proj"] });

        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Output("out"), "config.json")));
        var names = config.RootElement.GetProperty("quantization_config").GetProperty(key).EnumerateArray().Select(name => name.GetString()).Where(name => name != "lm_head");
        Assert.Equal(["model.layers.0.mlp.down_proj", "model.layers.1.mlp.down_proj"], names);
    }

    /// <summary>The embeddings are written last, but looked at first.</summary>
    [SharedFact]
    public void Quantize_NaNOutsideOfTheLayers_IsRefusedBeforeAnyIsQuantised()
    {
        string source = Directory.CreateDirectory(Output("source")).FullName;
        foreach (string file in Directory.GetFiles(TinySource))
        {
            File.WriteAllBytes(Path.Combine(source, Path.GetFileName(file)), File.ReadAllBytes(file));
        }

        TensorInfo embeddings;
        using (var checkpoint = Checkpoint.Open(source))
        {
            embeddings = checkpoint.Tensor("model.embed_tokens.weight");
        }

        using (var file = File.OpenHandle(embeddings.Path, FileMode.Open, FileAccess.Write))
        {
            // NaN in every float type.
            RandomAccess.Write(file, [0xFF, 0x7F, 0xFF, 0x7F], embeddings.Offset);
        }

        int layers = 0;
        var options = new AwqQuantizerOptions { Search = ScaleSearchKind.None, Clip = false, Rounding = WeightRounding.Nearest };
        var exception = Assert.Throws<InvalidDataException>(() => AwqQuantizer.Quantize(source, Output("out"), null, options, new Call(_ => layers++)));

        Assert.Contains("model.embed_tokens.weight", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, layers);
        Assert.False(Directory.Exists(Output("out.partial")));
    }

    [SharedFact]
    public void Quantize_SkipThatNamesNothing_IsRefused() =>
        Assert.Contains("down_porj", Assert.Throws<ArgumentException>(() => AwqQuantizer.Quantize(TinySource, Output("out"), null, new() { Search = ScaleSearchKind.None, Clip = false, Rounding = WeightRounding.Nearest, Skip = ["down_porj"] })).Message, StringComparison.Ordinal);

    [SharedFact]
    public void Quantize_MemoryThatActivationsDoNotFit_SpillsThemAndWritesTheSameBytes()
    {
        var calibration = CalibrationSet.FromTokens([.. Enumerable.Repeat(s_tinySays.Value, 10).SelectMany(tokens => tokens)], 200, 64);
        var roomy = AwqQuantizer.Plan(TinySource, calibration);
        var tight = new AwqQuantizerOptions { MemoryCapBytes = roomy.ProcessBytes - 1 };
        Assert.False(roomy.SpillsActivations);
        AwqQuantizer.Quantize(TinySource, Output("roomy"), calibration);
        var report = AwqQuantizer.Quantize(TinySource, Output("tight"), calibration, tight);
        Assert.True(report.Plan.SpillsActivations);
        Assert.Equal(Files("roomy"), Files("tight"));
    }

    [SharedFact]
    public void Quantize_TooLittleMemory_IsRefusedBeforeAnythingIsWritten()
    {
        var plan = AwqQuantizer.Plan(TinySource, TinyCalibration());
        var error = Assert.Throws<InsufficientMemoryException>(() => AwqQuantizer.Quantize(TinySource, Output("out"), TinyCalibration(), new() { MemoryCapBytes = plan.SmallestCapBytes - 1 }));
        Assert.Contains("--memory", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
        Assert.True(AwqQuantizer.Plan(TinySource, TinyCalibration(), new() { MemoryCapBytes = plan.SmallestCapBytes }).Fits);
    }

    [SharedFact]
    public void Quantize_TextThatTheModelPredictsWorseThanChance_RoundsToNearest()
    {
        AwqQuantizer.Quantize(TinySource, Output("rounded"), null, new() { Search = ScaleSearchKind.None, Clip = false });
        var foreign = AwqQuantizer.Quantize(TinySource, Output("foreign"), AutoAwqCalibration());
        var known = AwqQuantizer.Quantize(TinySource, Output("known"), TinyCalibration());
        Assert.True(foreign.IsForeignCalibration && foreign.CalibrationPerplexity > 192, $"perplexity {foreign.CalibrationPerplexity}");
        Assert.True(!known.IsForeignCalibration && known.CalibrationPerplexity < 192, $"perplexity {known.CalibrationPerplexity}");
        Assert.Equal(Files("rounded")["model.safetensors"], Files("foreign")["model.safetensors"]);
        Assert.NotEqual(Files("rounded")["model.safetensors"], Files("known")["model.safetensors"]);
    }

    [SharedTheory]
    [MemberData(nameof(FloatModels))]
    public async Task CalibrationLoss_EachArchitecture_IsThatOfTheModel(string name)
    {
        string source = TestData.Shared("goldens", "models", name, "fp16");
        int[] text = Says(source, 2, 48, seed: 3);
        using var checkpoint = Checkpoint.Open(source);
        double loss = CalibrationLoss.Of(checkpoint, Architecture.Read(checkpoint.Config), CalibrationSet.FromTokens(text, 2, 48), 2, CancellationToken.None);
        using var model = LanguageModel.Open(source, new LanguageModelOptions { Context = 48, Precision = Precision.Exact });
        Assert.Equal(-(await Perplexity.MeasureAsync(model, text, 48)).MeanLogProbability, loss, 1e-4);
    }

    [SharedFact]
    public void Quantize_OutputNotEmpty_Throws()
    {
        Directory.CreateDirectory(Output("out"));
        File.WriteAllText(Path.Combine(Output("out"), "mine.txt"), "mine");
        Assert.Throws<IOException>(() => AwqQuantizer.Quantize(TinySource, Output("out"), TinyCalibration()));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(Output("out"), "mine.txt")));
        Assert.False(Directory.Exists(Output("out.partial")));
    }

    [SharedFact]
    public void Quantize_SettingsThatDoNotFit_ThrowBeforeAnythingIsWritten()
    {
        var calibration = TinyCalibration();
        Assert.Contains("calibration", Assert.Throws<ArgumentException>(() => AwqQuantizer.Quantize(TinySource, Output("out"), null)).Message, StringComparison.OrdinalIgnoreCase);
        Assert.Throws<ArgumentException>(() => AwqQuantizer.Quantize(TinySource, Output("out"), calibration, new() { GroupSize = 48 }));
        Assert.Throws<ArgumentException>(() => AwqQuantizer.Quantize(TinySource, Output("out"), CalibrationSet.FromTokens([1, 2, 3, 100_000], 1, 4)));
        Assert.Throws<InvalidDataException>(() => AwqQuantizer.Quantize(TestData.Shared("goldens", "models", "llama", "awq"), Output("out"), calibration));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [SharedFact]
    public void Quantize_TensorMissing_ThrowsBeforeAnythingIsWritten()
    {
        using var source = new TempCheckpoint(File.ReadAllText(Path.Combine(TinySource, "config.json")));
        source.AddHalf("model.embed_tokens.weight", 1, 192, 256).Save();
        Assert.Throws<InvalidDataException>(() => AwqQuantizer.Quantize(source.Folder, Output("out"), TinyCalibration()));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [SharedFact]
    public async Task Quantize_Robust_PredictsTheSourceBetterThanPlainRounding()
    {
        AwqQuantizer.Quantize(TinySource, Output("rounded"), null, new() { Search = ScaleSearchKind.None, Clip = false });
        AwqQuantizer.Quantize(TinySource, Output("robust"), TinyCalibration());
        int[] text = Says(TinySource, 4, 64, seed: 1000);
        double rounded = await MeanKl(TinySource, Output("rounded"), text, 64);
        double robust = await MeanKl(TinySource, Output("robust"), text, 64);
        Assert.True(robust < rounded, $"mean KL {robust}, plain rounding {rounded}");
    }

    [SharedTheory]
    [InlineData(128)]
    [InlineData(64)]
    public async Task Quantize_Demo_IsNotWorseThanPlainRounding(int groupSize)
    {
        var tokenizer = Tokenizer.Load(DemoSource);
        var calibration = CalibrationSet.Read(TestData.Shared("models", "demo-stories", "calibration.jsonl"), tokenizer, samples: 4);
        AwqQuantizer.Quantize(DemoSource, Output("rounded"), null, new() { GroupSize = groupSize, Search = ScaleSearchKind.None, Clip = false });
        AwqQuantizer.Quantize(DemoSource, Output("robust"), calibration, new() { GroupSize = groupSize });
        int[] text = CalibrationSet.Read(TestData.Shared("models", "demo-stories", "heldout.jsonl"), tokenizer, samples: 1, sequence: 2048).Sequences[0];
        double rounded = await MeanKl(DemoSource, Output("rounded"), text, 512);
        double robust = await MeanKl(DemoSource, Output("robust"), text, 512);
        Assert.True(robust < rounded, $"mean KL {robust}, plain rounding {rounded}");
    }

    [SharedTheory]
    [MemberData(nameof(Models))]
    public async Task Quantize_EachArchitecture_PredictsTheSourceNotWorseThanPlainRounding(string name)
    {
        var golden = new GoldenModel(TestData.Shared("goldens", "models", name));
        string source = golden.Folder("fp16");
        if (!golden.Has("fp16"))
        {
            source = Output("source");
            CheckpointConverter.Convert(golden.Folder("awq"), source, null);
        }

        AwqQuantizer.Quantize(source, Output("rounded"), null, new() { GroupSize = 32, Search = ScaleSearchKind.None, Clip = false });
        AwqQuantizer.Quantize(source, Output("robust"), CalibrationSet.FromTokens(Says(source, 16, 64, seed: 5), 16, 64), new() { GroupSize = 32 });
        int[] text = Says(source, 4, 64, seed: 1000);
        double rounded = await MeanKl(source, Output("rounded"), text, 64);
        double robust = await MeanKl(source, Output("robust"), text, 64);
        output.WriteLine($"{name}: mean KL {robust:0.0000}, plain rounding {rounded:0.0000}");
        Assert.True(robust <= rounded, $"mean KL {robust}, plain rounding {rounded}");
    }

    [SharedTheory]
    [InlineData(QuantizationFormat.Gemv, false)]
    [InlineData(QuantizationFormat.GemvFast, false)]
    [InlineData(QuantizationFormat.CompressedTensors, false)]
    [InlineData(QuantizationFormat.Marlin, true)]
    [InlineData(QuantizationFormat.CompressedTensors, true)]
    public void Convert_ThereAndBack_GivesTheSameBytes(QuantizationFormat format, bool symmetric)
    {
        var options = new AwqQuantizerOptions { Search = ScaleSearchKind.None, Clip = false, Symmetric = symmetric };
        AwqQuantizer.Quantize(TinySource, Output("gemm"), null, options);
        AwqQuantizer.Quantize(TinySource, Output("direct"), null, options with { Format = format });
        CheckpointConverter.Convert(Output("gemm"), Output("there"), format);
        CheckpointConverter.Convert(Output("there"), Output("back"), QuantizationFormat.Gemm);
        Assert.Equal(Files("direct"), Files("there"));
        Assert.Equal(Files("gemm"), Files("back"));
    }

    [SharedTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Convert_FromEachLayoutToEach_GivesTheBytesOfQuantisingToIt(bool symmetric)
    {
        QuantizationFormat[] formats = [.. Enum.GetValues<QuantizationFormat>().Where(f => symmetric || f != QuantizationFormat.Marlin)];
        foreach (var format in formats)
        {
            AwqQuantizer.Quantize(TinySource, Output($"{format}"), null, new() { Search = ScaleSearchKind.None, Clip = false, Symmetric = symmetric, Format = format });
        }

        foreach (var from in formats)
        {
            foreach (var to in formats.Where(to => to != from))
            {
                CheckpointConverter.Convert(Output($"{from}"), Output($"{from} to {to}"), to);
                Assert.Equal(Files($"{to}"), Files($"{from} to {to}"));
            }

            CheckpointConverter.Convert(Output($"{from}"), Output($"{from} to float"), null);
            Assert.Equal(Files($"{formats[0]} to float"), Files($"{from} to float"));
        }
    }

    [SharedFact]
    public void Convert_LatentAttention_RepacksEveryLinear()
    {
        string source = TestData.Shared("goldens", "models", "deepseek_v3", "awq");
        CheckpointConverter.Convert(source, Output("there"), QuantizationFormat.CompressedTensors);
        CheckpointConverter.Convert(Output("there"), Output("back"), QuantizationFormat.Gemm);
        var expected = new GoldenFile(Path.Combine(source, "model.safetensors"));
        var actual = new GoldenFile(Path.Combine(Output("back"), "model.safetensors"));
        string[] packed = [.. expected.Names.Where(n => n.EndsWith(".qweight", StringComparison.Ordinal) || n.EndsWith(".qzeros", StringComparison.Ordinal) || n.EndsWith(".scales", StringComparison.Ordinal))];
        Assert.Contains("model.layers.0.self_attn.kv_b_proj.qweight", packed);
        Assert.All(packed, name => Assert.True(expected.Bytes(name).SequenceEqual(actual.Bytes(name)), name));
    }

    [SharedFact]
    public async Task Convert_ToFloat16_ComputesTheSame()
    {
        AwqQuantizer.Quantize(TinySource, Output("gemm"), null, new() { Search = ScaleSearchKind.None, Clip = false });
        CheckpointConverter.Convert(Output("gemm"), Output("half"), null);
        Assert.Null(ModelInfo.Read(Output("half")).GroupSize);
        Assert.InRange(await MeanKl(Output("gemm"), Output("half"), [.. TinyTokens().Take(128)], 64), -SameChoice, SameChoice);
        Assert.Throws<InvalidDataException>(() => CheckpointConverter.Convert(Output("half"), Output("again"), QuantizationFormat.Gemm));
    }

    [SharedFact]
    public void Convert_ZeroPointsToMarlin_IsRefusedAndLeavesNothing()
    {
        AwqQuantizer.Quantize(TinySource, Output("gemm"), null, new() { Search = ScaleSearchKind.None, Clip = false });
        Assert.Throws<NotSupportedException>(() => CheckpointConverter.Convert(Output("gemm"), Output("marlin"), QuantizationFormat.Marlin));
        Assert.Equal([Output("gemm")], Directory.EnumerateFileSystemEntries(_folder));
    }

    [SharedFact]
    public async Task Quantize_Skip_LeavesThoseLayersFloat()
    {
        AwqQuantizer.Quantize(TinySource, Output("out"), TinyCalibration(), new() { Skip = ["down_proj", "layers.1."] });
        var file = new GoldenFile(Path.Combine(Output("out"), "model.safetensors"));
        Assert.Equal("F16", file.Type("model.layers.0.mlp.down_proj.weight"));
        Assert.Equal("F16", file.Type("model.layers.1.mlp.up_proj.weight"));
        Assert.Equal("I32", file.Type("model.layers.0.mlp.up_proj.qweight"));
        Assert.True(double.IsFinite(await MeanKl(TinySource, Output("out"), [.. TinyTokens().Take(64)], 64)));
    }

    private static void CancelAfterLast(QuantizationProgress progress, CancellationTokenSource cancellation)
    {
        if (progress.LayersDone == progress.Layers)
        {
            cancellation.Cancel();
        }
    }

    private static async Task<double> MeanKl(string a, string b, int[] text, int window)
    {
        var options = new LanguageModelOptions { Context = window, Precision = Precision.Exact };
        using var left = LanguageModel.Open(a, options);
        using var right = LanguageModel.Open(b, options);
        return (await ModelComparison.MeasureAsync(left, right, text, window)).MeanKl;
    }

    /// <summary>AutoAWQ drops lists longer than a sequence.</summary>
    private static IEnumerable<int> TinyTokens()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(TestData.Shared("goldens", "quantizer", "tiny_llama", "calibration.json")));
        return [.. json.RootElement.GetProperty("token_ids").EnumerateArray().Where(list => list.GetArrayLength() <= 64).SelectMany(list => list.EnumerateArray().Select(id => id.GetInt32()))];
    }

    private static CalibrationSet AutoAwqCalibration() => CalibrationSet.FromTokens(TinyTokens(), sequence: 64);

    private static CalibrationSet TinyCalibration() => CalibrationSet.FromTokens(s_tinySays.Value, sequence: 64);

    /// <summary>Sequences that a model says itself at temperature 1: text that it knows, whatever its weights are.</summary>
    private static int[] Says(string folder, int sequences, int length, int seed)
    {
        using var model = LanguageModel.Open(folder, new LanguageModelOptions { Context = length, Precision = Precision.Exact, Batch = sequences });
        var requests = Enumerable.Range(0, sequences).Select(i => new GenerationRequest([(seed + (7 * i)) % model.VocabularySize], new GenerationOptions
        {
            MaxTokens = length - 1,
            IgnoreEos = true,
            Sampling = new SamplingOptions { Temperature = 1, Seed = seed + i },
        }));
        var results = model.GenerateBatchAsync([.. requests]).GetAwaiter().GetResult();
        return [.. requests.Zip(results).SelectMany(pair => pair.First.PromptTokenIds.Concat(pair.Second.TokenIds))];
    }

    private string Output(string name) => Path.Combine(_folder, name);

    private SortedDictionary<string, string> Files(string name) => new(Directory.EnumerateFiles(Output(name)).ToDictionary(f => Path.GetFileName(f), f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))));

    private sealed class Call(Action<QuantizationProgress> action) : IProgress<QuantizationProgress>
    {
        public void Report(QuantizationProgress value) => action(value);
    }
}
