namespace AwqIlgpu.Cli.Tests.Commands;

public sealed class PlanCommandTests
{
    private static readonly string[] s_settings = ["chunk", "kv", "batch", "context"];
    private static readonly string[] s_seed = ["plan", "--shape", "mistral-7b", "--batch", "5", "--prompt", "4096", "--generate", "4096", "--json", "--memory"];

    [Theory]
    [InlineData("10GiB", "fp16")]
    [InlineData("8GiB", "int8")]
    public void Plan_EnoughMemory_SaysWhatItTakes(string memory, string kv)
    {
        var run = Awq.Run([.. s_seed, memory]);

        Assert.Equal(0, run.ExitCode);
        Assert.True(run.Json.GetProperty("fits").GetBoolean());
        Assert.Equal(kv, run.Json.GetProperty("kv").GetString());
        Assert.Equal(8192, run.Json.GetProperty("context").GetInt32());
        Assert.True(run.Json.GetProperty("planned_process_bytes").GetInt64() <= ByteSize.Parse(memory));
    }

    [Fact]
    public void Plan_TooLittleMemory_NamesSettingsThatFit()
    {
        var refused = Awq.Run([.. s_seed, "5GiB"]);

        Assert.Equal(3, refused.ExitCode);
        Assert.Single(refused.Error.TrimEnd().Split('\n'));
        long smallest = refused.Json.GetProperty("smallest_cap_bytes").GetInt64();
        Assert.Equal(0, Awq.Run([.. s_seed, $"{smallest}"]).ExitCode);
        Assert.Equal(3, Awq.Run([.. s_seed, $"{smallest * 99 / 100}"]).ExitCode);
        foreach (var other in refused.Json.GetProperty("alternatives").EnumerateArray())
        {
            string[] settings = [.. s_settings.SelectMany(name => new[] { "--" + name, other.GetProperty(name).ToString() })];
            Assert.Equal(0, Awq.Run(["plan", "--shape", "mistral-7b", .. settings, "--memory", other.GetProperty("cap_bytes").ToString(), "--json"]).ExitCode);
        }
    }

    [Fact]
    public void Plan_ForPeople_DrawsABarForEachBuffer()
    {
        var run = Awq.Run("plan", "--memory", "1GiB", "--explain");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("kv cache", run.Out, StringComparison.Ordinal);
        Assert.Contains("█", run.Out, StringComparison.Ordinal);
        Assert.Contains("kv int8", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_ForACard_PredictsItsSpeed()
    {
        var run = Awq.Run("plan", "--shape", "mistral-7b", "--gpu", "a10g", "--json");

        // The driver reports 23,028 MiB; weights of 3.6 GiB at 600 GB/s are read at most 155 times a second.
        Assert.Equal((23028L << 20) * 31 / 32, run.Json.GetProperty("cap_bytes").GetInt64());
        Assert.InRange(run.Json.GetProperty("predicted").GetProperty("decode_tokens_per_s").GetDouble(), 100, 160);
    }

    [Fact]
    public void Plan_ForACard_HasTheBuffersOfTheGpuKernels()
    {
        string[] plan = ["plan", "--shape", "mistral-7b", "--memory", "20GiB", "--json"];
        Assert.Equal(Buffers("--device", "ilgpu"), Buffers("--gpu", "a10g"));
        Assert.NotEqual(Buffers(), Buffers("--gpu", "a10g"));

        List<(string?, long)> Buffers(params string[] more) =>
            [.. Awq.Run([.. plan, .. more]).Json.GetProperty("plan").EnumerateArray().Select(buffer => (buffer.GetProperty("name").GetString(), buffer.GetProperty("bytes").GetInt64()))];
    }

    [Fact]
    public void Plan_ForACardAndPeople_SaysThatSpeedIsPredicted() =>
        Assert.Contains("predicted, not measured, for h100", Awq.Run("plan", "--shape", "mistral-7b", "--gpu", "h100").Out, StringComparison.Ordinal);

    [Theory]
    [InlineData("--prompt", "2000000000", "--generate", "2000000000")]
    [InlineData("--prompt", "4096", "--context", "100")]
    public void Plan_MoreTokensThanTheContext_IsAUsageError(params string[] options) =>
        Assert.Equal(2, Awq.Run(["plan", "--shape", "mistral-7b", "--memory", "10GiB", .. options]).ExitCode);

    [Theory]
    [InlineData("--batch", "2000000000")]
    [InlineData("--context", "2000000000")]
    public void Plan_BeyondWhatCanBeNumbered_SaysWhatCan(string option, string value)
    {
        var run = Awq.Run("plan", "--shape", "mistral-7b", "--memory", "10GiB", option, value);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("expected at most", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_PinnedChunkDoesNotFit_NamesOneThatDoes()
    {
        string[] plan = ["plan", "--shape", "mistral-7b", "--context", "8192", "--memory", "4700MiB"];
        var refused = Awq.Run([.. plan, "--chunk", "8192", "--json"]);

        Assert.Equal(3, refused.ExitCode);
        var chunk = refused.Json.GetProperty("alternatives").EnumerateArray().Single(alternative => alternative.GetProperty("setting").GetString() == "chunk");
        Assert.Equal(0, Awq.Run([.. plan, "--chunk", $"{chunk.GetProperty("chunk").GetInt32()}"]).ExitCode);
    }

    [Fact]
    public void Plan_PromptAndAnswerDoNotFit_NamesWhatTheyMayTakeTogether()
    {
        string[] plan = ["plan", "--shape", "mistral-7b", "--batch", "5", "--prompt", "4096", "--memory", "5GiB"];
        var refused = Awq.Run([.. plan, "--generate", "4096", "--json"]);

        Assert.Equal(3, refused.ExitCode);
        var context = refused.Json.GetProperty("alternatives").EnumerateArray().Single(alternative => alternative.GetProperty("setting").GetString() == "context");
        int tokens = context.GetProperty("context").GetInt32();
        Assert.Contains($"--context {tokens}, prompt and answer together, with --kv int4", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, Awq.Run([.. plan, "--kv", "int4", "--generate", $"{tokens - 4096}"]).ExitCode);
        Assert.Equal(3, Awq.Run([.. plan, "--kv", "int4", "--generate", $"{tokens - 4096 + 1}"]).ExitCode);
    }

    [Fact]
    public void Plan_CardAndLargerCap_KeepsToTheCard() =>
        Assert.Equal(3, Awq.Run("plan", "--shape", "llama-3.1-70b", "--gpu", "a10g", "--memory", "100GiB").ExitCode);

    [Fact]
    public void Plan_ModelAndShape_IsAUsageError() => Assert.Equal(2, Awq.Run("plan", "folder", "--shape", "mistral-7b").ExitCode);
}
