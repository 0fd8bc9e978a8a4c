using AwqIlgpu.Kernels;

namespace AwqIlgpu.Models;

/// <summary>A mixture of experts: each token goes through a few of many feed-forward blocks, whose results are added by weight.</summary>
internal sealed record ExpertsConfig
{
    /// <summary>Gives one logit for each expert.</summary>
    public required LinearConfig Router { get; init; }

    /// <summary>Tensor that is added to the experts' scores when they are chosen; null for none.</summary>
    public string? ChoiceBias { get; init; }

    /// <summary>How experts are chosen and weighed.</summary>
    public required RoutingRule Rule { get; init; }

    /// <summary>The experts, all of one shape.</summary>
    public required FeedForwardConfig[] Experts { get; init; }
}
