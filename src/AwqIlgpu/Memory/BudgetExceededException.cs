namespace AwqIlgpu;

/// <summary>A run does not fit its memory cap; nothing was allocated.</summary>
public sealed class BudgetExceededException : Exception
{
    internal BudgetExceededException(MemoryPlan smallest, MemoryAdvice advice)
        : base(Text(smallest, advice))
    {
        Smallest = smallest;
        Advice = advice;
    }

    /// <summary>The plan that needs least among those that keep to the settings asked for; its <see cref="MemoryPlan.ProcessBytes"/> is the smallest cap that works.</summary>
    public MemoryPlan Smallest { get; }

    /// <summary>What binds, and settings that fit.</summary>
    public MemoryAdvice Advice { get; }

    private static string Text(MemoryPlan smallest, MemoryAdvice advice)
    {
        var (chunk, kv, batch, context) = smallest.Settings;
        string fits = string.Join("; or ", advice.Alternatives.Select(Arguments));
        return $"The run needs {ByteSize.Format(smallest.ProcessBytes)} at the least (chunk {chunk}, KV {kv.Name()}, batch {batch}, context {context}); the cap is {ByteSize.Format(smallest.CapBytes)}, and {advice.Binding} binds. These fit: {fits}.";
    }

    private static string Arguments(MemoryAlternative alternative) => alternative.Setting switch
    {
        "memory" => $"--memory {alternative.CapBytes}",
        "kv" => $"--kv {alternative.Settings.Kv.Name()}",
        "chunk" => $"--chunk {alternative.Settings.Chunk}",
        "batch" => $"--batch {alternative.Settings.Batch} with --kv {alternative.Settings.Kv.Name()}",
        _ => $"--context {alternative.Settings.Context}, prompt and answer together, with --kv {alternative.Settings.Kv.Name()}",
    };
}
