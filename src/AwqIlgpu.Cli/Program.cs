using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using AwqIlgpu.Cli.Commands;
using AwqIlgpu.Cli.Options;
using AwqIlgpu.Cli.Output;

namespace AwqIlgpu.Cli;

/// <summary>The <c>awq</c> command: parses, runs, and turns every failure into one line and an exit code.</summary>
internal static partial class Program
{
    /// <summary>Exit code where nothing fits the cap.</summary>
    public const int DoesNotFit = 3;

    private const int Failed = 1;
    private const int WrongUsage = 2;
    private const int Interrupted = 130;

    private static int Main(string[] args)
    {
        using var interrupts = Interrupts.OfProcess();
        return Run(args, Terminal.OfProcess(interrupts));
    }

    /// <summary>Runs one command line and returns the exit code.</summary>
    internal static int Run(string[] args, Terminal terminal)
    {
        var root = CreateRoot(terminal);
        // Without response files, so that a prompt may begin with @.
        var parse = root.Parse(args.Length == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        try
        {
            if (parse.Action is not { ClearsParseErrors: true })
            {
                Refuse(parse);
            }

            var streams = new InvocationConfiguration { Output = terminal.Out, Error = terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return parse.InvokeAsync(streams, terminal.Interrupts.Token).GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            return Report(e, parse, terminal);
        }
        finally
        {
            terminal.Out.Flush();
        }
    }

    /// <summary>The command tree.</summary>
    internal static RootCommand CreateRoot(Terminal terminal)
    {
        AddGpuDevices();
        var root = new RootCommand("Runs AWQ int4 language models within a memory cap that it keeps. Where MODEL is left out, a small demo model inside the tool is used.")
        {
            new GenerateCommand(terminal),
            new ChatCommand(terminal),
            new LogitsCommand(terminal),
            new PerplexityCommand(terminal),
            new PlanCommand(terminal),
            new BenchCommand(terminal),
            new QuantizeCommand(terminal),
            new ConvertCommand(terminal),
            new CompareCommand(terminal),
            new TokenizeCommand(terminal),
            new DetokenizeCommand(terminal),
            new RenderCommand(terminal),
            new InspectCommand(terminal),
            new DevicesCommand(terminal),
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ExampleHelp((HelpAction)help.Action!);
        return root;
    }

    private static void Refuse(ParseResult parse)
    {
        if (UnknownOption(parse) is { } option)
        {
            throw new UsageException($"Unknown option {option}. Text that begins with a dash goes after --.");
        }

        if (parse.UnmatchedTokens is [var unmatched, ..])
        {
            throw new UsageException($"{unmatched} is no command, option or argument here.");
        }

        if (parse.Errors.Count > 0)
        {
            throw new UsageException(parse.Errors[0].Message);
        }
    }

    // The parser takes an option that it does not know for an argument where a command takes arguments.
    private static string? UnknownOption(ParseResult parse) => parse.Tokens.Any(token => token.Type == TokenType.DoubleDash)
        ? null
        : parse.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens, (_, token) => token.Value)
            .Concat(parse.UnmatchedTokens)
            .FirstOrDefault(text => text is ['-', '-' or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z'), ..] && !text.Any(char.IsWhiteSpace));

    private static int Report(Exception failure, ParseResult parse, Terminal terminal)
    {
        int code = failure switch
        {
            OperationCanceledException => Interrupted,
            UsageException => WrongUsage,
            BudgetExceededException or InsufficientMemoryException => DoesNotFit,
            _ => Failed,
        };
        string command = parse.CommandResult.Command is RootCommand ? "awq" : "awq " + parse.CommandResult.Command.Name;
        terminal.Error.WriteLine("awq: " + failure switch
        {
            OperationCanceledException => "interrupted.",
            UsageException => $"{OneLine(failure.Message)} See {command} --help.",
            _ => OneLine(Message(failure)),
        });
        if (failure is BudgetExceededException refusal && parse.GetValue(CommonOptions.Json))
        {
            Json.Write(terminal.Out, json => MemoryJson.WritePlan(json, refusal.Smallest, refusal.Advice));
        }

        if (parse.GetValue(CommonOptions.Verbose))
        {
            terminal.Error.WriteLine(failure);
        }

        return code;
    }

    // .NET appends the parameter's name, which says nothing to a user.
    private static string Message(Exception failure) =>
        failure is ArgumentException { ParamName: not null } && failure.Message.IndexOf(" (Parameter '", StringComparison.Ordinal) is > 0 and var end ? failure.Message[..end] : failure.Message;

    private static string OneLine(string message) => string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    /// <summary>Makes GPUs known; a build without them has no body for it.</summary>
    static partial void AddGpuDevices();
}
