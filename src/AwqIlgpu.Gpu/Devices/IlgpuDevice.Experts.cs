using AwqIlgpu.Devices;
using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Models;
using ILGPU;

namespace AwqIlgpu.Gpu.Devices;

/// <content>Mixtures of experts: chosen, sorted and multiplied on the device, so the host does not wait for the router.</content>
internal sealed unsafe partial class IlgpuDevice
{
    private readonly RoutingKernel? _routing;
    private readonly ExpertOrderKernel? _expertOrder;
    private readonly ExpertGemmKernel? _expertGemm;

    // Of the routes made last.
    private int _tileRows;
    private ArrayView<ExpertTile> _tiles;

    /// <inheritdoc/>
    public void Route(int layer, ExpertsWeights experts, DeviceMatrix logits, Routes routes)
    {
        int count = logits.Width;
        // A token's experts differ, so one token has a row at most for each.
        _tileRows = routes.Tokens == 1 ? 1 : ExpertGemmKernel.TileRows(routes.Copies, count);
        _tiles = View<ExpertTile>(_workspace + _layout.ExpertTiles, ExpertOrderKernel.MostTiles(routes.Copies, count, _tileRows));
        var chosen = View<int>(routes.Offset, routes.Copies);
        var bias = experts.ChoiceBias is { } choiceBias ? View<float>(choiceBias.Offset, count) : default;
        _routing!.Run(_stream, experts.Config.Rule, count, View(logits), logits.Stride, bias, routes.Tokens, chosen, View<float>(routes.WeightOffset, routes.Copies));
        _expertOrder!.Run(_stream, chosen, count, _tileRows, View<int>(routes.RowOffset, routes.Copies), _tiles);
    }

    /// <inheritdoc/>
    public void CopyToExperts(Routes routes, DeviceMatrix x, DeviceMatrix y) =>
        _rows.Scatter(_stream, View(x), x.Stride, View<int>(routes.RowOffset, routes.Copies), routes.PerToken, View(y), y.Stride, x.Rows, x.Width);

    /// <inheritdoc/>
    public void ExpandExperts(ExpertsWeights experts, DeviceMatrix x, DeviceMatrix y)
    {
        int column = 0;
        foreach (var linear in experts.Experts[0].GateUp)
        {
            RunExperts(linear, experts, x, y.Columns(column, linear.Info.OutFeatures));
            column += linear.Info.OutFeatures;
        }
    }

    /// <inheritdoc/>
    public void ContractExperts(ExpertsWeights experts, DeviceMatrix x, DeviceMatrix y) =>
        RunExperts(experts.Experts[0].Down[0], experts, x, y);

    /// <inheritdoc/>
    public void Combine(Routes routes, DeviceMatrix x, float scale, DeviceMatrix y) =>
        _rows.Combine(_stream, View(x), x.Stride, View<int>(routes.RowOffset, routes.Copies), View<float>(routes.WeightOffset, routes.Copies), routes.PerToken, scale, View(y), y.Stride, y.Rows, y.Width);

    /// <summary>Refuses experts that are not alike, for one launch takes them all.</summary>
    private static void Check(ExpertsWeights experts)
    {
        var first = experts.Experts[0];
        LinearWeights[] Linears(FeedForwardWeights expert) => [.. expert.GateUp, .. expert.Down];
        long distance = Distance(experts);
        for (int e = 0; e < experts.Experts.Length; e++)
        {
            foreach (var (linear, other) in Linears(first).Zip(Linears(experts.Experts[e])))
            {
                if (other.Int4 != linear.Int4 || other.Info.FloatType != linear.Info.FloatType || other.Offset - linear.Offset != e * distance || other.BiasOffset >= 0 || other.Info.InFeatures % 8 != 0)
                {
                    throw new NotSupportedException($"{other.Config.Prefix} does not run on a GPU: experts there have one form, all quantised alike or none, without bias, with input features in multiples of 8. Use the device cpu.");
                }
            }
        }
    }

    private static long Distance(ExpertsWeights experts) =>
        experts.Experts.Length == 1 ? 0 : experts.Experts[1].Down[0].Offset - experts.Experts[0].Down[0].Offset;

    /// <param name="linear">The first expert's.</param>
    /// <param name="experts">All experts.</param>
    /// <param name="x">Input.</param>
    /// <param name="y">Output.</param>
    private void RunExperts(LinearWeights linear, ExpertsWeights experts, DeviceMatrix x, DeviceMatrix y)
    {
        long distance = Distance(experts);
        var bytes = View<byte>(linear.Offset, ((experts.Experts.Length - 1) * distance) + linear.ByteCount);
        var output = new LinearOutput(View(y), y.Stride, default, false);
        if (linear.Int4 is { } shape)
        {
            _expertGemm!.Run(_stream, View(x), x.Stride, _tiles, _tileRows, new Int4View(shape, bytes), distance, output);
        }
        else
        {
            _expertGemm!.Run(_stream, View(x), x.Stride, _tiles, new FloatView(linear.Info.OutFeatures, linear.Info.InFeatures, linear.Info.FloatType, bytes), distance, output);
        }
    }
}
