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

    private static string Source => TestData.Shared("goldens", "quantizer", "tiny_llama", "source");
}
