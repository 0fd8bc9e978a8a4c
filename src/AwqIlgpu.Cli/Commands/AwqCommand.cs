using System.CommandLine;
using AwqIlgpu.Cli.Options;

namespace AwqIlgpu.Cli.Commands;

/// <summary>A command with an example that works as pasted.</summary>
internal abstract class AwqCommand : Command
{
    protected AwqCommand(string name, string description, string example, Terminal terminal)
        : base(name, description)
    {
        Example = example;
        Terminal = terminal;
        SetAction(RunAsync);
        Add(CommonOptions.Verbose);
    }

    /// <summary>A command line that works as pasted.</summary>
    public string Example { get; }

    /// <summary>Where the command reads and writes.</summary>
    protected Terminal Terminal { get; }

    /// <summary>Runs the command and returns the exit code; failures are exceptions.</summary>
    protected abstract Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken);
}
