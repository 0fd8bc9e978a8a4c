using AwqIlgpu.Devices;

namespace AwqIlgpu.Models;

/// <content>Feed-forward blocks and mixtures of them.</content>
internal sealed partial class DecoderModel
{
    /// <summary>Everything of a block up to its output projection.</summary>
    private DeviceMatrix Expand(FeedForwardWeights weights, DeviceMatrix input)
    {
        var config = weights.Config;
        var expanded = View(_layout.Expanded, input.Rows, config.ExpandedSize);
        Device.Linear(weights.GateUp, input, expanded);
        var activated = Activate(weights, expanded);
        if (config.OutputGate is not null)
        {
            // A factor on the input of a projection without bias is one on its output.
            var gate = View(_layout.OutputGate, input.Rows, 1);
            Device.Linear(weights.OutputGate, input, gate);
            Device.ScaleBySigmoid(gate, activated);
        }

        return activated;
    }

    private DeviceMatrix Activate(FeedForwardWeights weights, DeviceMatrix expanded)
    {
        var config = weights.Config;
        var first = expanded.Columns(0, config.IntermediateSize);
        if (config.IsGated)
        {
            Device.GatedActivation(config.Activation, first, expanded.Columns(config.IntermediateSize, config.IntermediateSize));
        }
        else
        {
            Device.Activation(config.Activation, first, weights.ActivationScales);
        }

        return first;
    }

    private void AddExperts(int index, LayerWeights layer, DeviceMatrix input, DeviceMatrix hidden)
    {
        var experts = layer.Experts!;
        var logits = View(_layout.RouterLogits, input.Rows, experts.Config.Experts.Length);
        var routes = new Routes(View(_layout.Routes, 0, 0).Offset, input.Rows, experts.Config.Rule.ExpertsPerToken);
        var gathered = View(_layout.Gathered, routes.Copies, Config.HiddenSize);
        var expanded = View(_layout.ExpertExpanded, routes.Copies, experts.Config.Experts[0].ExpandedSize);
        var output = View(_layout.ExpertOutput, routes.Copies, Config.HiddenSize);

        Device.Linear(experts.Router, input, logits);
        Device.Route(index, experts, logits, routes);
        Device.CopyToExperts(routes, input, gathered);
        Device.ExpandExperts(experts, gathered, expanded);
        Device.ContractExperts(experts, Activate(experts.Experts[0], expanded), output);
        Device.Combine(routes, output, layer.Config.ResidualScale, hidden);
    }
}
