using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Builds mixtures of experts from the keys that architectures share.</summary>
internal static class Mixtures
{
    /// <summary>Number of experts under <paramref name="key"/>.</summary>
    public static int Experts(ConfigReader config, string key) => config.Int(key, 1, ExpertRouting.MaxExperts);

    /// <summary>Experts chosen for a token; at most <paramref name="available"/>.</summary>
    /// <exception cref="InvalidDataException">More are chosen than there are.</exception>
    public static int PerToken(ConfigReader config, int available)
    {
        int perToken = config.Int("num_experts_per_tok");
        return perToken <= available ? perToken : throw new InvalidDataException($"config.json: num_experts_per_tok is {perToken}, of {available} experts to choose from; expected at most as many.");
    }

    /// <summary>A mixture whose experts are gated blocks with the usual names under <paramref name="prefix"/>.</summary>
    public static ExpertsConfig Gated(string prefix, int experts, RoutingRule rule, int hidden, int intermediate, Activation activation) => new()
    {
        Router = new LinearConfig($"{prefix}.gate", experts, hidden),
        Rule = rule,
        Experts = [.. Enumerable.Range(0, experts).Select(e => Llama.Gated($"{prefix}.experts.{e}", hidden, intermediate, activation))],
    };
}
