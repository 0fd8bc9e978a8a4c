using Spectre.Console;

namespace AwqIlgpu.Cli.Output;

/// <summary>A memory plan as a table, with a bar for each buffer.</summary>
internal static class PlanTable
{
    private const int BarWidth = 30;

    public static void Write(TextWriter output, MemoryPlan plan, bool explain, GpuCard? card)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        var table = new Table().Border(TableBorder.Rounded).AddColumn("buffer").AddColumn(new TableColumn("size").RightAligned()).AddColumn("of the cap");
        if (explain)
        {
            table.AddColumn("formula");
        }

        foreach (var buffer in plan.Buffers.Where(b => b.Bytes > 0))
        {
            string[] row = [buffer.Name, ByteSize.Format(buffer.Bytes), Bar.Of(buffer.Bytes, plan.CapBytes, BarWidth)];
            table.AddRow([.. (explain ? [.. row, buffer.Formula] : row).Select(Markup.Escape)]);
        }

        console.Write(table);
        var (chunk, kv, batch, context) = plan.Settings;
        output.WriteLine($"peak {ByteSize.Format(plan.ProcessBytes)} of {ByteSize.Format(plan.CapBytes)} ({ByteSize.Format(plan.ArenaBytes)} of it the arena); chunk {chunk}, KV {kv.Name()}, batch {batch}, context {context}");
        var advice = plan.Advice;
        output.WriteLine(advice.Binding is { } binding ? $"{binding} binds" : "nothing had to give way");
        output.WriteLine($"smallest cap {ByteSize.Format(advice.SmallestCapBytes)}; longest context {advice.LargestContext}");
        if (explain)
        {
            WriteSteps(console, advice);
        }

        if (card is not null)
        {
            var speed = plan.Predict(card);
            output.WriteLine($"predicted, not measured, for {card.Name} at the most, from its bandwidth and peak arithmetic: prefill {speed.PrefillTokensPerSecond:0} tokens/s, decode {speed.DecodeTokensPerSecond:0} tokens/s");
        }
    }

    private static void WriteSteps(IAnsiConsole console, MemoryAdvice advice)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("setting").AddColumn(new TableColumn("saves").RightAligned()).AddColumn(new TableColumn("peak").RightAligned()).AddColumn("fits");
        foreach (var step in advice.Steps)
        {
            table.AddRow($"{step.Setting} {Value(step)}", ByteSize.Format(step.SavedBytes), ByteSize.Format(step.ProcessBytes), step.Fits ? "yes" : "no");
        }

        console.Write(table);
    }

    private static string Value(MemoryStep step) => step.Setting switch
    {
        "chunk" => $"{step.Settings.Chunk}",
        "kv" => step.Settings.Kv.Name(),
        "batch" => $"{step.Settings.Batch}",
        _ => $"{step.Settings.Context}",
    };
}
