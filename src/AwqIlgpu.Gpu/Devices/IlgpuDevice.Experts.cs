using System.Runtime.InteropServices;
using AwqIlgpu.Devices;
using AwqIlgpu.Models;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Devices;

/// <content>Mixtures of experts: the host chooses the experts from the router's logits, for which it waits; then each expert's weights are passed over once.</content>
internal sealed unsafe partial class IlgpuDevice
{
    /// <inheritdoc/>
    public void Route(int layer, ExpertsWeights experts, DeviceMatrix logits, Routes routes)
    {
        // As in the arena: experts, weights, places; then logits and bias.
        var host = _routes.AsSpan();
        int rowFloats = logits.Rows * logits.Width;
        var hostLogits = host.Slice(3 * routes.Copies, rowFloats);
        var hostBias = host.Slice((3 * routes.Copies) + rowFloats, logits.Width);
        for (int row = 0; row < logits.Rows; row++)
        {
            Download(logits.Offset + ((long)row * logits.Stride * sizeof(float)), hostLogits.Slice(row * logits.Width, logits.Width));
        }

        if (experts.ChoiceBias is { } bias)
        {
            Download(bias.Offset, hostBias);
        }

        _stream.Synchronize();
        fixed (int* chosen = host)
        {
            var rows = new RouteRows(
                experts.Config.Rule,
                layer,
                (float*)(chosen + (3 * routes.Copies)),
                logits.Width,
                logits.Width,
                experts.ChoiceBias is null ? null : (float*)(chosen + (3 * routes.Copies) + rowFloats),
                chosen,
                (float*)(chosen + routes.Copies));
            rows.Run(0, logits.Rows);
        }

        ExpertOrder.Sort(host[..routes.Copies], host.Slice(2 * routes.Copies, routes.Copies), _expertStarts.AsSpan(0, logits.Width + 1));
        Upload(routes.Offset, MemoryMarshal.AsBytes(host[..(3 * routes.Copies)]));
    }

    /// <inheritdoc/>
    public void CopyToExperts(Routes routes, DeviceMatrix x, DeviceMatrix y) =>
        _rows.Scatter(_stream, View(x), x.Stride, View<int>(routes.RowOffset, routes.Copies), routes.PerToken, View(y), y.Stride, x.Rows, x.Width);

    /// <inheritdoc/>
    public void ExpandExperts(ExpertsWeights experts, DeviceMatrix x, DeviceMatrix y)
    {
        for (int e = 0; e < experts.Experts.Length; e++)
        {
            RunExpert(e, experts.Experts[e].GateUp, x, y);
        }
    }

    /// <inheritdoc/>
    public void ContractExperts(ExpertsWeights experts, DeviceMatrix x, DeviceMatrix y)
    {
        for (int e = 0; e < experts.Experts.Length; e++)
        {
            RunExpert(e, experts.Experts[e].Down, x, y);
        }
    }

    /// <inheritdoc/>
    public void Combine(Routes routes, DeviceMatrix x, float scale, DeviceMatrix y) =>
        _rows.Combine(_stream, View(x), x.Stride, View<int>(routes.RowOffset, routes.Copies), View<float>(routes.WeightOffset, routes.Copies), routes.PerToken, scale, View(y), y.Stride, y.Rows, y.Width);

    private void RunExpert(int expert, LinearWeights[] linears, DeviceMatrix x, DeviceMatrix y)
    {
        int first = _expertStarts[expert];
        int rows = _expertStarts[expert + 1] - first;
        if (rows > 0)
        {
            Linear(linears, x.Slice(first, rows), y.Slice(first, rows));
        }
    }

    private void Download(long offset, Span<int> host) =>
        _memory.View.SubView(offset, (long)host.Length * sizeof(int)).CopyToCPU(_stream, ref MemoryMarshal.GetReference(MemoryMarshal.AsBytes(host)), (long)host.Length * sizeof(int));
}
