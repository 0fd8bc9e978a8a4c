using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace AwqIlgpu.Cli.Output;

/// <summary>One picture of a benchmark: peak memory above, speed below, both over the length of the prompt.</summary>
internal static class BenchPlot
{
    private const string Memory = "memory";
    private const string Speed = "speed";
    private const double Width = 800;
    private const double Height = 700;
    private const double GiB = 1L << 30;

    public static string Svg(string title, IReadOnlyList<BenchRow> rows)
    {
        var ran = rows.Where(row => row.MeasuredPeakBytes > 0).ToList();
        var model = new PlotModel { Title = title, Background = OxyColors.White };
        model.Legends.Add(new Legend { LegendPosition = LegendPosition.LeftTop });
        model.Axes.Add(new LogarithmicAxis { Position = AxisPosition.Bottom, Base = 2, Title = "prompt tokens" });
        model.Axes.Add(new LinearAxis { Key = Memory, Position = AxisPosition.Left, StartPosition = 0.53, EndPosition = 1, Minimum = 0, Title = "peak of the arena, GiB" });
        model.Axes.Add(new LogarithmicAxis { Key = Speed, Position = AxisPosition.Left, StartPosition = 0, EndPosition = 0.47, Title = "tokens per second" });
        model.Series.Add(Line("planned", Memory, MarkerType.None, rows, row => row.Plan!.ArenaBytes / GiB));
        model.Series.Add(Line("measured", Memory, MarkerType.Circle, ran, row => row.MeasuredPeakBytes / GiB));
        model.Series.Add(Line("prefill", Speed, MarkerType.Square, ran, row => row.PrefillTokensPerSecond));
        model.Series.Add(Line("decode", Speed, MarkerType.Diamond, ran.Where(row => row.DecodeTokensPerSecond > 0), row => row.DecodeTokensPerSecond));
        return SvgExporter.ExportToString(model, Width, Height, isDocument: true);
    }

    private static LineSeries Line(string title, string axis, MarkerType marker, IEnumerable<BenchRow> rows, Func<BenchRow, double> value)
    {
        var line = new LineSeries { Title = title, YAxisKey = axis, MarkerType = marker };
        line.Points.AddRange(rows.Select(row => new DataPoint(row.Prompt, value(row))));
        return line;
    }
}
