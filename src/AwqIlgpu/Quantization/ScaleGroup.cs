using AwqIlgpu.Models;

namespace AwqIlgpu.Quantization;

/// <summary>The places of a decoder layer whose activations linears read.</summary>
internal enum LayerInput
{
    /// <summary>The normed hidden state before attention.</summary>
    Attention,

    /// <summary>What attention gives to its output projection.</summary>
    Output,

    /// <summary>The normed hidden state before the feed-forward block.</summary>
    FeedForward,

    /// <summary>What goes into the down projection.</summary>
    Down,
}

/// <summary>Linears that share an input, and the operation before them that their scales move into.</summary>
/// <param name="Input">Where the input is.</param>
/// <param name="Linears">The linears.</param>
/// <param name="Norm">The norm that is divided by the scales; null where <paramref name="Previous"/> is.</param>
/// <param name="Previous">The linear whose last rows are divided by the scales; null where <paramref name="Norm"/> is.</param>
/// <param name="Sharing">The heads between value and output projection; null elsewhere.</param>
internal sealed record ScaleGroup(LayerInput Input, LinearConfig[] Linears, NormConfig? Norm, LinearConfig? Previous, KvHeadSharing? Sharing = null)
{
    /// <summary>The groups of a layer in the order in which AutoAWQ searches and absorbs them.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="shareKvHeads">Whether value to output is scaled where query heads share a KV head; AutoAWQ leaves it out then.</param>
    public static IEnumerable<ScaleGroup> Of(LayerConfig layer, bool shareKvHeads)
    {
        var attention = layer.Attention;
        yield return new(LayerInput.Attention, attention.Projections, layer.InputNorm, null);
        if (shareKvHeads || attention.NumHeads == attention.NumKvHeads)
        {
            yield return new(LayerInput.Output, [attention.Output], null, attention.Projections[^1], new KvHeadSharing(attention.NumHeads, attention.NumKvHeads, attention.HeadDim));
        }

        yield return new(LayerInput.FeedForward, layer.FeedForward!.GateUp, layer.FeedForwardNorm, null);
        yield return new(LayerInput.Down, [layer.FeedForward!.Down], null, layer.FeedForward!.GateUp[^1]);
    }

    /// <summary>Where a linear of a layer reads.</summary>
    public static LayerInput InputOf(LayerConfig layer, LinearConfig linear) =>
        layer.Attention.Projections.Contains(linear) ? LayerInput.Attention
        : linear == layer.Attention.Output ? LayerInput.Output
        : layer.FeedForward!.GateUp.Contains(linear) ? LayerInput.FeedForward
        : LayerInput.Down;

    /// <summary>Moves scales into a layer: the operation before is divided, the linears are multiplied.</summary>
    /// <param name="layer">Changed in place.</param>
    /// <param name="scales">One per input feature of the linears.</param>
    public void Absorb(CalibrationLayer layer, float[] scales)
    {
        if (Sharing is { } heads)
        {
            ScaleAbsorption.ValueToOutput(layer.Weight(Previous!), layer.Bias(Previous!), layer.Weight(Linears[0]), scales, heads);
            return;
        }

        if (Norm is not null)
        {
            ScaleAbsorption.DivideNorm(layer.Weight(Norm), layer.Bias(Norm), scales);
        }
        else
        {
            ScaleAbsorption.DivideLastRows(layer.Weight(Previous!), layer.Bias(Previous!), scales);
        }

        foreach (var linear in Linears)
        {
            ScaleAbsorption.MultiplyColumns(layer.Weight(linear), scales);
        }
    }
}
