using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using AwqIlgpu.Cli.Commands;

namespace AwqIlgpu.Cli;

/// <summary>The usual help, with the command's example after it.</summary>
internal sealed class ExampleHelp(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int code = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is AwqCommand command)
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Example:");
            output.WriteLine("  " + command.Example);
        }

        return code;
    }
}
