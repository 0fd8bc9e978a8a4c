using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Models.Architectures;

/// <summary>DeepSeek-V2 and V2-Lite: V3 with experts chosen by softmax, of all or of the best groups.</summary>
internal static class DeepSeekV2
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        config.Only("scoring_func", "softmax");
        config.Only("topk_method", "greedy", "group_limited_greedy");
        bool limited = config.OptionalString("topk_method") == "group_limited_greedy";
        // transformers reads it and does not use it.
        config.Ignore("norm_topk_prob");
        int experts = Mixtures.Experts(config, "n_routed_experts");
        var (groups, kept) = DeepSeekV3.Groups(config, experts);
        var rule = new RoutingRule(Mixtures.PerToken(config, limited ? experts / groups * kept : experts), RouterScore.Softmax, Normalize: false)
        {
            Scale = config.OptionalFloat("routed_scaling_factor") ?? 1,
            Groups = limited ? groups : 1,
            KeptGroups = limited ? kept : 1,
        };
        return DeepSeekV3.Read(config, RopeStyle.Interleaved, rule, experts, choiceBias: false);
    }
}
