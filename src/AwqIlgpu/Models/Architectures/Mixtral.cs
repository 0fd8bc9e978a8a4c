using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Mixtral: Mistral whose feed-forward blocks are mixtures of experts.</summary>
internal static class Mixtral
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        int experts = Mixtures.Experts(config, "num_local_experts");
        var rule = new RoutingRule(Mixtures.PerToken(config, experts), RouterScore.Softmax, Normalize: true);
        int window = LayerTypes.Window(config, 0);
        var decoder = Llama.Read(config, new Llama.Traits
        {
            Epsilon = 1e-5,
            Ropes = headDim => [Ropes.Read(config, headDim, theta: 1e6)],
            Window = _ => window,
        });
        return decoder.EachLayer((layer, i) => layer with
        {
            FeedForward = null,
            Experts = new ExpertsConfig
            {
                Router = new LinearConfig($"model.layers.{i}.block_sparse_moe.gate", experts, decoder.HiddenSize),
                Rule = rule,
                Experts = [.. Enumerable.Range(0, experts).Select(e => Expert(layer.FeedForward!, $"model.layers.{i}.block_sparse_moe.experts.{e}"))],
            },
        });
    }

    // The dense block with the names that Mixtral gives its three projections.
    private static FeedForwardConfig Expert(FeedForwardConfig block, string prefix) => block with
    {
        GateUp = [block.GateUp[0] with { Prefix = $"{prefix}.w1" }, block.GateUp[1] with { Prefix = $"{prefix}.w3" }],
        Down = block.Down with { Prefix = $"{prefix}.w2" },
    };
}
