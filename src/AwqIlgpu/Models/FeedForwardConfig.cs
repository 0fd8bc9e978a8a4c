using AwqIlgpu.Kernels;

namespace AwqIlgpu.Models;

/// <summary>A feed-forward block: down(act(gate(x)) * up(x)), or down(act(up(x))) where it is not gated.</summary>
internal sealed record FeedForwardConfig
{
    /// <summary>Width between the projections.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Whether a gate multiplies the up projection.</summary>
    public bool IsGated { get; init; } = true;

    /// <summary>Linears whose outputs, side by side, are [gate | up]; or the up projection alone.</summary>
    public required LinearConfig[] GateUp { get; init; }

    /// <summary>The output projection.</summary>
    public required LinearConfig Down { get; init; }

    /// <summary>The non-linearity.</summary>
    public required Activation Activation { get; init; }

    /// <summary>Tensor by which the activation of a block without gate is divided, element by element, where the file holds it: AWQ's scales for an input that no linear makes.</summary>
    public string? ActivationScales { get; init; }

    /// <summary>A projection to one number, whose sigmoid multiplies the block's result; null for none.</summary>
    public LinearConfig? OutputGate { get; init; }

    /// <summary>Width of <see cref="GateUp"/>'s joint output.</summary>
    public int ExpandedSize => IsGated ? 2 * IntermediateSize : IntermediateSize;
}
