namespace AwqIlgpu.Cli.Tests.Commands;

public sealed class BenchCommandTests
{
    [Fact]
    public void Bench_DemoModel_MeasuresWhatItPlanned()
    {
        using var folder = new TempFolder();
        string[] files = [folder.PathOf("t.md"), folder.PathOf("t.csv"), folder.PathOf("t.svg")];
        var run = Awq.Run("bench", "--batch", "2", "--lengths", "8,40", "--generate", "3", "--memory", "1GiB", "--json", "--markdown", files[0], "--csv", files[1], "--plot", files[2]);

        Assert.Equal(0, run.ExitCode);
        var rows = run.Json.GetProperty("rows").EnumerateArray().ToList();
        Assert.Equal([8, 40], rows.Select(row => row.GetProperty("prompt").GetInt32()));
        Assert.All(rows, row =>
        {
            Assert.Equal("ok", row.GetProperty("status").GetString());
            Assert.Equal(row.GetProperty("planned_peak_bytes").GetInt64(), row.GetProperty("measured_peak_bytes").GetInt64());
            Assert.True(row.GetProperty("prefill_tokens_per_s").GetDouble() > 0);
            Assert.True(row.GetProperty("decode_tokens_per_s").GetDouble() > 0);
            Assert.True(row.GetProperty("time_to_first_token_s").GetDouble() > 0);
        });
        Assert.Equal(4, File.ReadAllLines(files[0]).Length);
        Assert.Equal(3, File.ReadAllLines(files[1]).Length);
        Assert.Contains("</svg>", File.ReadAllText(files[2]), StringComparison.Ordinal);
    }

    [Fact]
    public void Bench_NoLengths_TakesAutoAwqsFirst() =>
        Assert.Equal([32, 64, 128, 256], Awq.Run("bench", "--generate", "1", "--json").Json.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("prompt").GetInt32()));

    [Fact]
    public void Bench_Chunks_HasARowForEach()
    {
        var run = Awq.Run("bench", "--lengths", "8,40", "--chunks", "4,32", "--generate", "2", "--json");

        Assert.Equal(0, run.ExitCode);
        var rows = run.Json.GetProperty("rows").EnumerateArray().ToList();
        Assert.Equal([(8, 4), (8, 32), (40, 4), (40, 32)], rows.Select(row => (row.GetProperty("prompt").GetInt32(), row.GetProperty("chunk").GetInt32())));
        Assert.All(rows, row => Assert.Equal(row.GetProperty("planned_peak_bytes").GetInt64(), row.GetProperty("measured_peak_bytes").GetInt64()));
    }

    [Fact]
    public void Bench_RowThatDoesNotFit_SaysSoAndTheOthersRun()
    {
        var run = Awq.Run("bench", "--lengths", "1000000,8", "--generate", "2", "--memory", "400MiB", "--json");

        Assert.Equal(0, run.ExitCode);
        var rows = run.Json.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("status").GetString()!).ToList();
        Assert.StartsWith("does not fit", rows[0], StringComparison.Ordinal);
        Assert.Equal("ok", rows[1]);
    }

    [Fact]
    public void Bench_NoRowFits_ExitsAsARunThatDoesNotFit() =>
        Assert.Equal(3, Awq.Run("bench", "--lengths", "1000000", "--generate", "2", "--memory", "400MiB", "--json").ExitCode);

    [Theory]
    [InlineData("8,16", "12")]
    [InlineData("8,2147483647", "2147483647")]
    public void Bench_RowBeyondTheContext_IsRefusedBeforeAnyRuns(string lengths, string context)
    {
        var run = Awq.Run("bench", "--lengths", lengths, "--generate", "2", "--context", context);

        Assert.Equal(2, run.ExitCode);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Bench_FileCannotBeWritten_TableIsPrintedFirst()
    {
        using var folder = new TempFolder();
        var run = Awq.Run("bench", "--lengths", "8", "--generate", "2", "--memory", "400MiB", "--json", "--csv", folder.PathOf("missing/t.csv"));

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(1, run.Json.GetProperty("rows").GetArrayLength());
    }

    [Theory]
    [InlineData("--lengths", "8,0")]
    [InlineData("--generate", "some")]
    [InlineData("--plot", "t.gif")]
    [InlineData("--plot", "t.png")]
    [InlineData("--weights", "fp16")]
    public void Bench_BadValue_IsAUsageError(string option, string value) => Assert.Equal(2, Awq.Run("bench", option, value).ExitCode);

    [Fact]
    public void Bench_ChunkAndChunks_IsAUsageError() => Assert.Equal(2, Awq.Run("bench", "--chunk", "8", "--chunks", "8,16").ExitCode);
}
