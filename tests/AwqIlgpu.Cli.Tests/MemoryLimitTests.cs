using System.Diagnostics;

namespace AwqIlgpu.Cli.Tests;

/// <summary>The cap, from outside: what the kernel allows a process, and what a run says that it needs.</summary>
public sealed class MemoryLimitTests
{
    private const long MiB = 1L << 20;

    // Most of it weights: an arena of some 190 MiB.
    private const string Config = """
        {
          "model_type": "llama", "hidden_act": "silu", "hidden_size": 1024, "intermediate_size": 2816, "num_hidden_layers": 8,
          "num_attention_heads": 16, "num_key_value_heads": 4, "max_position_embeddings": 2048, "tie_word_embeddings": false, "vocab_size": 32000
        }
        """;

    [ControlGroupFact]
    public void Bench_KernelLimitJustAboveThePlan_Completes()
    {
        using var folder = new TempFolder();
        string shape = folder.Write("config.json", Config);
        string[] run = ["bench", "--shape", shape, "--lengths", "200", "--generate", "8", "--threads", "2", "--json"];
        long planned = Awq.Run("plan", "--shape", shape, "--prompt", "200", "--generate", "8", "--threads", "2", "--json").Json.GetProperty("planned_process_bytes").GetInt64();
        using var group = ControlGroup.Create(planned + MiB);

        var row = RunIn(group, [.. run, "--memory", $"{planned}"]).Json.GetProperty("rows")[0];

        Assert.Equal("ok", row.GetProperty("status").GetString());
        Assert.Equal(row.GetProperty("planned_peak_bytes").GetInt64(), row.GetProperty("measured_peak_bytes").GetInt64());
        Assert.InRange(row.GetProperty("process_peak_bytes").GetInt64(), planned - (64 * MiB), planned);
    }

    [ControlGroupFact]
    public void Bench_KernelLimitTooSmall_IsRefusedAndNotKilled()
    {
        using var folder = new TempFolder();
        using var group = ControlGroup.Create(160 * MiB);

        var run = RunIn(group, "bench", "--shape", folder.Write("config.json", Config), "--lengths", "200", "--json");

        Assert.Equal(3, run.ExitCode);
        var row = run.Json.GetProperty("rows")[0];
        Assert.StartsWith("does not fit", row.GetProperty("status").GetString(), StringComparison.Ordinal);
        Assert.Equal(160 * MiB * 15 / 16, row.GetProperty("cap_bytes").GetInt64());
    }

    [ControlGroupFact]
    public void Generate_NoCap_TakesTheKernelsLimitLessAMargin()
    {
        using var group = ControlGroup.Create(200 * MiB);

        var run = RunIn(group, "generate", "Hello!", "--max-tokens", "2");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"Memory cap: {ByteSize.Format(200 * MiB * 15 / 16)}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_SmallestCapNamed_RunsAndOnePercentLessIsRefused()
    {
        string[] generate = ["generate", "Hello!", "--max-tokens", "4", "--json", "--memory"];

        var refused = Awq.Run([.. generate, "1MiB"]);

        Assert.Equal(3, refused.ExitCode);
        Assert.Single(refused.Error.TrimEnd().Split('\n'));
        long smallest = refused.Json.GetProperty("smallest_cap_bytes").GetInt64();
        var memory = Awq.Run([.. generate, $"{smallest}"]).Json.GetProperty("memory");
        Assert.Equal(smallest, memory.GetProperty("planned_process_bytes").GetInt64());
        Assert.Equal(memory.GetProperty("planned_peak_bytes").GetInt64(), memory.GetProperty("measured_peak_bytes").GetInt64());
        Assert.Equal(3, Awq.Run([.. generate, $"{smallest * 99 / 100}"]).ExitCode);
    }

    /// <summary>A model above 1 GiB: the plan of the whole process holds, and is not padded either.</summary>
    [Fact]
    public void Bench_ModelAboveOneGibibyte_PeaksJustBelowItsPlan()
    {
        string[] run = ["--shape", "tinyllama-1.1b", "--weights", "fp16", "--threads", "2", "--memory", "4GiB", "--json"];
        long planned = Awq.Run(["plan", "--prompt", "40", "--generate", "4", .. run]).Json.GetProperty("planned_process_bytes").GetInt64();

        var row = RunAlone(["bench", "--lengths", "40", "--generate", "4", .. run]).Json.GetProperty("rows")[0];

        Assert.True(planned > 1L << 30);
        Assert.Equal(row.GetProperty("planned_peak_bytes").GetInt64(), row.GetProperty("measured_peak_bytes").GetInt64());
        Assert.InRange(row.GetProperty("process_peak_bytes").GetInt64(), planned - Math.Max(64 * MiB, planned * 3 / 100), planned);
    }

    // The shell enters the group and then becomes the command.
    private static Awq RunIn(ControlGroup group, params string[] args) => Run("echo $$ > \"$0\" && exec \"$@\"", group.ProcessesFile, args);

    // A process of its own, whose peak is that of nothing else.
    private static Awq RunAlone(params string[] args) => Run("exec \"$@\"", "sh", args);

    private static Awq Run(string script, string name, string[] args)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        foreach (string argument in (string[])["-c", script, name, dotnet, typeof(Program).Assembly.Location, .. args])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Awq(process.ExitCode, output, error.Result);
    }
}
