namespace AwqIlgpu.Kernels;

/// <summary>What a router makes of its logits.</summary>
internal enum RouterScore
{
    /// <summary>Probabilities over all experts.</summary>
    Softmax,

    /// <summary>Each expert on its own.</summary>
    Sigmoid,
}

/// <summary>How a mixture of experts chooses and weighs the experts of a token.</summary>
/// <param name="ExpertsPerToken">Experts chosen, k.</param>
/// <param name="Score">What logits become.</param>
/// <param name="Normalize">Whether the chosen weights are divided by their sum.</param>
internal sealed record RoutingRule(int ExpertsPerToken, RouterScore Score, bool Normalize)
{
    /// <summary>Added to the sum that weights are divided by.</summary>
    public double Epsilon { get; init; }

    /// <summary>Factor on the weights.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Equal runs that the experts are divided into; only experts of the best groups are chosen. 1 for none.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Groups that are kept.</summary>
    public int KeptGroups { get; init; } = 1;

    /// <summary>A group's score: the sum of its so many best experts' scores, 1 (DeepSeek V2) or 2 (V3).</summary>
    public int ExpertsPerGroupScore { get; init; } = 1;
}
