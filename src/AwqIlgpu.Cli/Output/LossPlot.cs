using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace AwqIlgpu.Cli.Output;

/// <summary>The picture of a quantisation: what each decoder layer lost before and after the searches for scales, clip limits and feedback, each on the tokens that the search was judged by.</summary>
internal static class LossPlot
{
    private const double Width = 800;
    private const double Height = 450;

    public static string Svg(QuantizationReport report)
    {
        var model = new PlotModel { Title = "mean squared error of each layer's linears", Background = OxyColors.White };
        model.Legends.Add(new Legend { LegendPosition = LegendPosition.LeftTop });
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "decoder layer", MinimumMajorStep = 1 });
        model.Axes.Add(new LogarithmicAxis { Position = AxisPosition.Left, Title = "sum over groups and linears" });
        model.Series.Add(Line("before each search", MarkerType.Circle, report, group => group.LossBefore, linear => linear.LossBefore));
        model.Series.Add(Line("after it", MarkerType.Square, report, group => group.LossAfter, linear => linear.LossAfter));
        return SvgExporter.ExportToString(model, Width, Height, isDocument: true);
    }

    private static LineSeries Line(string title, MarkerType marker, QuantizationReport report, Func<ScaledGroupReport, double> ofGroup, Func<QuantizedLinearReport, double?> ofLinear)
    {
        var line = new LineSeries { Title = title, MarkerType = marker };
        for (int layer = 0; layer < report.LayerSeconds.Count; layer++)
        {
            double loss = report.Groups.Where(g => g.Layer == layer).Sum(ofGroup) + report.Linears.Where(l => l.Layer == layer).Sum(l => ofLinear(l) ?? 0);
            // A logarithmic axis has no place for 0: of layers that lost nothing, or were not measured.
            if (loss > 0)
            {
                line.Points.Add(new DataPoint(layer, loss));
            }
        }

        return line;
    }
}
