using AwqIlgpu.Kernels;
using AwqIlgpu.Models;

namespace AwqIlgpu.Devices;

/// <content>Mixtures of experts: tokens are copied and sorted by expert once, then each expert's weights are passed over once.</content>
internal sealed unsafe partial class CpuDevice
{
    /// <summary>Chooses the experts of every token and sorts the copies by expert.</summary>
    /// <param name="layer">Index of the layer, for messages.</param>
    /// <param name="experts">The mixture.</param>
    /// <param name="logits">The router's logits, [tokens, experts].</param>
    /// <param name="routes">Receives the choice.</param>
    /// <exception cref="InvalidDataException">A logit is NaN or infinite.</exception>
    public void Route(int layer, ExpertsWeights experts, DeviceMatrix logits, Routes routes)
    {
        int* chosen = (int*)(Arena.Start + routes.Offset);
        float* bias = experts.ChoiceBias is null ? null : FloatPointer(experts.ChoiceBias.Offset);
        ForRows(new RouteRows(experts.Config.Rule, layer, Pointer(logits), logits.Stride, logits.Width, bias, chosen, FloatPointer(routes.WeightOffset)), logits.Rows, logits.Width);

        ExpertOrder.Sort(new ReadOnlySpan<int>(chosen, routes.Copies), new Span<int>(Places(routes), routes.Copies), _expertStarts.AsSpan(0, logits.Width + 1));
    }

    /// <summary>y = the rows of x copied for their experts, sorted by expert.</summary>
    public void CopyToExperts(Routes routes, DeviceMatrix x, DeviceMatrix y) =>
        ForRows(new ScatterRows(Pointer(x), x.Stride, Places(routes), routes.PerToken, Pointer(y), y.Stride, x.Width), x.Rows, x.Width * routes.PerToken);

    /// <summary>y = gate and up projections of every copy by its expert; only experts that have copies are read.</summary>
    public void ExpandExperts(ExpertsWeights experts, DeviceMatrix x, DeviceMatrix y)
    {
        int calls = 0;
        for (int e = 0; e < experts.Experts.Length; e++)
        {
            calls = AddExpert(e, experts.Experts[e].GateUp, x, y, calls);
        }

        RunExperts(calls, x);
    }

    /// <summary>y = down projection of every copy by its expert.</summary>
    public void ContractExperts(ExpertsWeights experts, DeviceMatrix x, DeviceMatrix y)
    {
        int calls = 0;
        for (int e = 0; e < experts.Experts.Length; e++)
        {
            calls = AddExpert(e, experts.Experts[e].Down, x, y, calls);
        }

        RunExperts(calls, x);
    }

    /// <summary>y += scale * weighted sum over a token's experts of x, the experts' results.</summary>
    public void Combine(Routes routes, DeviceMatrix x, float scale, DeviceMatrix y) =>
        ForRows(new CombineRows(Pointer(x), x.Stride, Places(routes), FloatPointer(routes.WeightOffset), routes.PerToken, scale, Pointer(y), y.Stride, y.Width), y.Rows, y.Width * routes.PerToken);

    private int AddExpert(int expert, LinearWeights[] linears, DeviceMatrix x, DeviceMatrix y, int calls)
    {
        int first = _expertStarts[expert];
        int rows = _expertStarts[expert + 1] - first;
        if (rows > 0)
        {
            AddCalls(linears, x.Slice(first, rows), y.Slice(first, rows), false, 1, _calls.AsSpan(calls));
            calls += linears.Length;
        }

        return calls;
    }

    private void RunExperts(int calls, DeviceMatrix x) =>
        LinearProducts.RunGrouped(_pool, _calls.AsSpan(0, calls), Pointer(x), x.Rows, _precision, _path, _workspace + _layout.LinearOffset, _layout.LinearBytes);

    private int* Places(Routes routes) => (int*)(Arena.Start + routes.RowOffset);
}
