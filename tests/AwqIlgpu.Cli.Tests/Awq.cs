using System.Text.Json;

namespace AwqIlgpu.Cli.Tests;

/// <summary>What a command line printed and returned.</summary>
internal sealed record Awq(int ExitCode, string Out, string Error)
{
    /// <summary>The one JSON object on standard output.</summary>
    public JsonElement Json => JsonElement.Parse(Out);

    /// <summary>Lines of standard output.</summary>
    public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Runs a command line in this process.</summary>
    public static Awq Run(params string[] args) => RunWithInput("", args);

    /// <summary>Runs a command line that reads standard input.</summary>
    public static Awq RunWithInput(string input, params string[] args)
    {
        using var interrupts = new Interrupts();
        return Run(input, interrupts, args);
    }

    /// <summary>Runs a command line with a keyboard whose Ctrl+C the test has.</summary>
    public static Awq Run(string input, Interrupts interrupts, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = Program.Run(args, new Terminal(new StringReader(input), output, error, interrupts));
        return new Awq(code, output.ToString(), error.ToString());
    }

    /// <summary>The ids of a JSON list.</summary>
    public static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetInt32())];
}
