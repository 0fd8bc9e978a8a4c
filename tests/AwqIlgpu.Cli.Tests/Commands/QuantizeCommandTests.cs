namespace AwqIlgpu.Cli.Tests.Commands;

public sealed class QuantizeCommandTests
{
    [SharedFact]
    public void Quantize_Demo_ReportsAndDraws()
    {
        using var folder = new TempFolder();
        var run = Awq.Run("quantize", Source, folder.PathOf("out"), "--search", "none", "--no-clip", "--plot", folder.PathOf("loss.svg"), "--report", folder.PathOf("report.json"), "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(2, run.Json.GetProperty("layer_seconds").GetArrayLength());
        Assert.True(run.Json.GetProperty("memory").GetProperty("fits").GetBoolean());
        Assert.Equal(run.Out.TrimEnd(), File.ReadAllText(folder.PathOf("report.json")).TrimEnd());
        Assert.Contains("decoder layer", File.ReadAllText(folder.PathOf("loss.svg")), StringComparison.Ordinal);
        Assert.Equal(0, Awq.Run("inspect", folder.PathOf("out")).ExitCode);
    }

    [SharedFact]
    public void Quantize_TooLittleMemory_NamesTheMemoryThatFits()
    {
        using var folder = new TempFolder();
        var run = Awq.Run("quantize", Source, folder.PathOf("out"), "--search", "none", "--no-clip", "--memory", "10MiB", "--json");

        Assert.Equal(3, run.ExitCode);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.False(run.Json.GetProperty("memory").GetProperty("fits").GetBoolean());
        Assert.False(Directory.Exists(folder.PathOf("out.partial")));
    }

    /// <summary>Every option that a user gives reaches the quantiser: AutoAWQ's choices in another layout, less than all of the text, some linears left out.</summary>
    [SharedFact]
    public void Quantize_OptionsOfAUser_AreTaken()
    {
        using var folder = new TempFolder();
        string text = folder.Write("ids.jsonl", string.Concat(Enumerable.Range(0, 20).Select(i => $"{{\"token_ids\":[{string.Join(',', Enumerable.Range(0, 64).Select(t => ((i * 7) + (t * 13)) % 100))}]}}\n")));
        string[] options = ["--calibration", text, "--samples", "3", "--sequence", "32", "--mode", "parity", "--rounding", "nearest", "--search", "activation", "--group-size", "32", "--format", "compressed-tensors", "--symmetric", "--skip", "o_proj", "--threads", "1"];
        var run = Awq.Run(["quantize", Source, folder.PathOf("out"), .. options, "--json"]);

        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotContain(run.Json.GetProperty("linears").EnumerateArray(), linear => linear.GetProperty("name").GetString()!.EndsWith("o_proj", StringComparison.Ordinal));
        Assert.All(run.Json.GetProperty("linears").EnumerateArray(), linear => Assert.Equal("nearest", linear.GetProperty("rounding").GetString()));
        using var config = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder.PathOf("out"), "config.json")));
        var weights = config.RootElement.GetProperty("quantization_config").GetProperty("config_groups").GetProperty("group_0").GetProperty("weights");
        Assert.Equal(32, weights.GetProperty("group_size").GetInt32());
        Assert.True(weights.GetProperty("symmetric").GetBoolean());
        Assert.Equal(0, Awq.Run("generate", folder.PathOf("out"), "--token-ids", "1,2,3", "--max-tokens", "2").ExitCode);
    }

    [SharedFact]
    public void Quantize_ReportIntoAFolderThatIsNotThere_IsRefusedBeforeTheWork()
    {
        using var folder = new TempFolder();
        var run = Awq.Run("quantize", Source, folder.PathOf("out"), "--search", "none", "--no-clip", "--report", folder.PathOf("missing/r.json"));

        Assert.Equal(1, run.ExitCode);
        Assert.False(Directory.Exists(folder.PathOf("out")));
    }

    [SharedFact]
    public void Quantize_SamplesWithoutText_IsAUsageError() =>
        Assert.Equal(2, Awq.Run("quantize", Source, "out", "--search", "none", "--no-clip", "--samples", "4").ExitCode);

    /// <summary>Quantised, repacked, compared: the numbers stay, and so do the predictions.</summary>
    [SharedFact]
    public void ConvertThenCompare_Demo_PredictsTheSame()
    {
        using var folder = new TempFolder();
        string demo = TestData.Shared("models", "demo-stories", "awq");
        Assert.Equal(0, Awq.Run("convert", demo, folder.PathOf("ct"), "--format", "compressed-tensors").ExitCode);

        string text = folder.Write("text.txt", string.Concat(Enumerable.Repeat("Once upon a time there was a fox named Ada. She lived in a small house. ", 8)));
        var run = Awq.Run("compare", demo, folder.PathOf("ct"), "--text", text, "--window", "32", "--windows", "2", "--precision", "exact", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(0, run.Json.GetProperty("max_kl").GetDouble(), 1e-6);
        Assert.Equal(1, run.Json.GetProperty("top1_agreement").GetDouble());
        double[] losses = [.. run.Json.GetProperty("loss_by_position_b").EnumerateArray().Select(loss => loss.GetDouble())];
        Assert.Equal(31, losses.Length);
        Assert.Equal(run.Json.GetProperty("perplexity_b").GetDouble(), Math.Exp(losses.Average()), 1e-6);
    }

    [SharedFact]
    public void Convert_AfterOneThatWasEnded_BeginsAnew()
    {
        using var folder = new TempFolder();
        string demo = TestData.Shared("models", "demo-stories", "awq");
        Directory.CreateDirectory(folder.PathOf("ct.partial"));
        folder.Write("ct.partial/settings.sha256", "conversion");
        folder.Write("ct.partial/layer-00000.safetensors", "cut off");

        Assert.Equal(0, Awq.Run("convert", demo, folder.PathOf("ct"), "--format", "compressed-tensors").ExitCode);
        Assert.Equal(0, Awq.Run("inspect", folder.PathOf("ct")).ExitCode);
        Assert.False(Directory.Exists(folder.PathOf("ct.partial")));
    }

    private static string Source => TestData.Shared("goldens", "quantizer", "tiny_llama", "source");
}
