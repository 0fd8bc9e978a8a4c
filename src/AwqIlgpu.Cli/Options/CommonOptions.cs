using System.CommandLine;

namespace AwqIlgpu.Cli.Options;

/// <summary>What every command has: one instance each, so that the program can ask for them without knowing the command.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json { get; } = new("--json") { Description = "Print exactly one JSON object." };

    public static Option<bool> Verbose { get; } = new("--verbose") { Description = "Say more; add the stack to an error." };

    /// <summary>MODEL, which may be left out.</summary>
    public static Argument<string?> Model() => new("MODEL") { Description = "Folder in Hugging Face layout. Left out: the demo model.", Arity = ArgumentArity.ZeroOrOne };
}
