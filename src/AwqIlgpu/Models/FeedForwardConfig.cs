using AwqIlgpu.Kernels;

namespace AwqIlgpu.Models;

/// <summary>The gated feed-forward block of one layer: down(act(gate(x)) * up(x)).</summary>
internal sealed record FeedForwardConfig
{
    /// <summary>Width between the projections.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Linears whose outputs, side by side, are [gate | up].</summary>
    public required LinearConfig[] GateUp { get; init; }

    /// <summary>The output projection.</summary>
    public required LinearConfig Down { get; init; }

    /// <summary>The non-linearity.</summary>
    public required Activation Activation { get; init; }
}
