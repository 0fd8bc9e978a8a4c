using Spectre.Console;

namespace AwqIlgpu.Cli.Output;

/// <summary>The end of a run for people: speed, and memory by class with a bar of what is in use of the cap.</summary>
internal static class StatisticsPanel
{
    private const int BarWidth = 24;

    public static void Write(TextWriter output, GenerationStatistics statistics, OpenModel open)
    {
        var plan = open.Model.Plan;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        var table = new Table().Border(TableBorder.Rounded).AddColumn("memory");
        foreach (string column in (string[])["planned", "in use", "at most"])
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        table.AddColumn("at most, of the cap");
        foreach (var use in open.Model.Memory.Where(use => use.PlannedBytes > 0))
        {
            AddRow(use.Name, use.PlannedBytes, ByteSize.Format(use.LiveBytes), use.HighWaterBytes);
        }

        table.AddEmptyRow();
        AddRow("arena", plan.ArenaBytes, "", open.Model.MeasuredArenaBytes);
        AddRow("process", plan.ProcessBytes, "", LanguageModel.ProcessPeakBytes);
        console.Write(table);
        output.WriteLine(StatisticsLine.Format(statistics, open));

        void AddRow(string name, long planned, string live, long highWater) =>
            table.AddRow(Markup.Escape(name), ByteSize.Format(planned), live, ByteSize.Format(highWater), Bar.Of(highWater, plan.CapBytes, BarWidth));
    }
}
