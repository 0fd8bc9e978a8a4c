namespace AwqIlgpu.Cli.Options;

/// <summary>What a prompt and its answer ask of <c>--context</c>.</summary>
internal static class ContextOption
{
    /// <summary>Tokens of both together.</summary>
    /// <exception cref="UsageException">The context is given and holds fewer, or there are more than can be counted.</exception>
    public static int Check(int? context, int prompt, int generate)
    {
        long tokens = (long)prompt + generate;
        return tokens > (context ?? int.MaxValue)
            ? throw new UsageException($"{prompt} tokens of a prompt and {generate} generated need a context of {tokens}; {(context is null ? $"expected at most {int.MaxValue}" : $"--context is {context}")}.")
            : (int)tokens;
    }
}
