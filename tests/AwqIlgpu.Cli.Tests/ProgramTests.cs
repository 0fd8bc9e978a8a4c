using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;

namespace AwqIlgpu.Cli.Tests;

public sealed class ProgramTests
{
    public static TheoryData<string> Commands => [.. Root().Subcommands.Select(command => command.Name)];

    [Fact]
    public void Run_NoArguments_PrintsHelp()
    {
        var run = Awq.Run();

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("generate", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_Example_Parses(string command)
    {
        string[] lines = Awq.Run(command, "--help").Out.TrimEnd().Split('\n');

        Assert.Equal("Example:", lines[^2]);
        string example = lines[^1];
        string[] words = [.. CommandLineParser.SplitCommandLine(example[example.IndexOf("awq ", StringComparison.Ordinal)..])];
        var parse = Root().Parse(words[1..]);
        Assert.Empty(parse.Errors);
        Assert.Equal(command, parse.CommandResult.Command.Name);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Run_UnknownOption_IsAUsageError(string command)
    {
        var run = Awq.Run(command, "--no-such-option");

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("awq: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("--no-such-option", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("--threads", "0", "an integer, at least 1")]
    [InlineData("--memory", "much", "for example 512MiB")]
    [InlineData("--precision", "double", "fast, exact")]
    [InlineData("--kv", "fp64", "fp32, fp16")]
    [InlineData("--chunk", "0", "or auto")]
    [InlineData("--device", "cuda:0", "awq devices")]
    [InlineData("--token-ids", "1,-2", "token ids with commas")]
    [InlineData("--temperature", "hot", "a number")]
    [InlineData("--seed", "1.5", "an integer")]
    public void Run_BadValue_SaysWhatIsExpected(string option, string value, string expected)
    {
        var run = Awq.Run("generate", "a", option, value);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"{option} is \"{value}\"", run.Error, StringComparison.Ordinal);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_UnknownCommand_IsAUsageError()
    {
        var run = Awq.Run("generat");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("generat is no command", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_NoSuchFolder_FailsInOneLine()
    {
        var run = Awq.Run("generate", "no-such-folder", "a");

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("awq: There is no folder no-such-folder", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.Empty(run.Out);
    }

    [Fact]
    public void Run_Verbose_AddsTheStack() => Assert.Contains("   at AwqIlgpu.", Awq.Run("generate", "no-such-folder", "a", "--verbose").Error, StringComparison.Ordinal);

    [Fact]
    public void Run_AboveTheCap_NamesACapThatWorks()
    {
        var refused = Awq.Run("generate", "Hello!", "--max-tokens", "4", "--memory", "50MiB", "--json");

        Assert.Equal(3, refused.ExitCode);
        Assert.Single(refused.Lines);
        Assert.False(refused.Json.GetProperty("fits").GetBoolean());
        Assert.NotEmpty(refused.Json.GetProperty("plan").EnumerateArray());
        long smallest = refused.Json.GetProperty("smallest_cap_bytes").GetInt64();
        Assert.Contains($"{smallest}", refused.Error, StringComparison.Ordinal);
        Assert.Equal(3, Awq.Run("generate", "Hello!", "--max-tokens", "4", "--memory", $"{smallest - 1}").ExitCode);
        Assert.Equal(0, Awq.Run("generate", "Hello!", "--max-tokens", "4", "--memory", $"{smallest}").ExitCode);
    }

    [Fact]
    public void Run_Interrupted_Returns130()
    {
        using var interrupts = new Interrupts();
        interrupts.Raise();

        var run = Awq.Run("", interrupts, "generate", "Hello!");

        Assert.Equal(130, run.ExitCode);
        Assert.Empty(run.Out);
    }

    [Fact]
    public void Raise_DuringAnAnswer_StopsTheAnswerOnly()
    {
        using var interrupts = new Interrupts();
        using var answer = interrupts.BeginAnswer();

        interrupts.Raise();

        Assert.True(answer.IsCancellationRequested);
        Assert.False(interrupts.Token.IsCancellationRequested);
        interrupts.EndAnswer();
        interrupts.Raise();
        Assert.True(interrupts.Token.IsCancellationRequested);
    }

    [Fact]
    public void Devices_Json_ListsTheCpuFirst()
    {
        var devices = Awq.Run("devices", "--json").Json.GetProperty("devices").EnumerateArray().ToList();
        var device = devices[0];
        Assert.Contains(devices, d => d.GetProperty("id").GetString() == "ilgpu");

        Assert.Equal("cpu", device.GetProperty("id").GetString());
        Assert.Equal("cpu", device.GetProperty("kind").GetString());
        Assert.NotEmpty(device.GetProperty("name").GetString()!);
        Assert.NotEqual(0, device.GetProperty("memory_bytes").GetInt64());
    }

    [Fact]
    public void Devices_Verbose_TimesEveryPathAndSaysWhichIsTaken()
    {
        var paths = Awq.Run("devices", "--verbose", "--json").Json.GetProperty("cpu_paths").EnumerateArray().ToList();

        Assert.Equal(DeviceInfo.Cpu.Path, Assert.Single(paths, p => p.GetProperty("taken").GetBoolean()).GetProperty("path").GetString());
        Assert.All(paths, p => Assert.All(p.GetProperty("products_per_s").EnumerateArray(), speed => Assert.True(speed.GetDouble() > 0)));
    }

    [Fact]
    public async Task Process_Story_ComesThroughTheRealStreams()
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, "AwqIlgpu.Cli.dll"), "generate", "-", "--temperature", "0", "--precision", "exact"])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteLineAsync(DemoGolden.Hello.Prompt);
        process.StandardInput.Close();
        await process.WaitForExitAsync();

        Assert.Equal(DemoGolden.Hello.Text, (await output).TrimEnd());
        Assert.Contains("17 generated", await error, StringComparison.Ordinal);
        Assert.Equal(0, process.ExitCode);
    }

    private static RootCommand Root()
    {
        using var interrupts = new Interrupts();
        return Program.CreateRoot(new Terminal(TextReader.Null, TextWriter.Null, TextWriter.Null, interrupts));
    }
}
