using AwqIlgpu.Kernels;
using AwqIlgpu.Models;

namespace AwqIlgpu.Quantization;

/// <summary>Linears that share an input, and what before them takes their scales in: a norm, some rows of a linear, or the scales of an activation.</summary>
/// <param name="Readers">The linears.</param>
internal sealed record ScaleGroup(InputReaders Readers)
{
    /// <summary>The norm that is divided by the scales.</summary>
    public NormConfig? Norm { get; private init; }

    /// <summary>The linear of which <see cref="PreviousRows"/> are divided by the scales.</summary>
    public LinearConfig? Previous { get; private init; }

    /// <summary>One row of <see cref="Previous"/> for each scale, or for each that <see cref="Sharing"/> leaves.</summary>
    public int[] PreviousRows { get; private init; } = [];

    /// <summary>The heads between value and output projection, where query heads share values.</summary>
    public KvHeadSharing? Sharing { get; private init; }

    /// <summary>The tensor by which an activation without gate is divided.</summary>
    public string? ActivationScales { get; private init; }

    /// <summary>The groups of a layer in the order in which AutoAWQ searches and absorbs them. An input that nothing can be absorbed before, such as the residual stream, has none.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="shareKvHeads">Whether value to output is scaled where query heads share a KV head; AutoAWQ leaves it out then.</param>
    /// <param name="scaleActivations">Whether the checkpoint's format knows scales of activations.</param>
    public static IEnumerable<ScaleGroup> Of(LayerConfig layer, bool shareKvHeads, bool scaleActivations)
    {
        foreach (var readers in InputReaders.Of(layer))
        {
            var group = new ScaleGroup(readers);
            group = readers.Input.Place switch
            {
                LayerPlace.Attention => group with { Norm = layer.InputNorm },
                LayerPlace.LatentQuery => group with { Norm = layer.Attention.Latent!.QueryDownNorm },
                LayerPlace.LatentKeyValue => group with { Norm = layer.Attention.Latent!.KeyValueNorm },
                LayerPlace.Output => group.AfterValues(layer.Attention, shareKvHeads),
                LayerPlace.FeedForward => group with { Norm = layer.FeedForwardNorm },
                LayerPlace.Down => group.AfterActivation(layer.FeedForward!, scaleActivations),
                _ => group.AfterActivation(layer.Experts!.Experts[readers.Input.Expert], scaleActivations),
            };
            if (group.Norm is not null || group.Previous is not null || group.ActivationScales is not null)
            {
                yield return group;
            }
        }
    }

    /// <summary>Moves scales into a layer: what is before is divided, the linears are multiplied.</summary>
    /// <param name="layer">Changed in place.</param>
    /// <param name="scales">One per input feature of the linears.</param>
    /// <param name="asStored">Whether the scales of a norm follow the rounding of its quotients to fp16, so that only the linears carry errors.</param>
    /// <returns>The scales that the linears were multiplied by.</returns>
    public float[] Absorb(CalibrationLayer layer, float[] scales, bool asStored)
    {
        if (Norm is not null)
        {
            scales = asStored ? ScaleAbsorption.StorableScales(layer.Weight(Norm), scales, Norm.UnitOffset ? 1 : 0) : scales;
            ScaleAbsorption.DivideNorm(layer.Weight(Norm), layer.Bias(Norm), scales);
        }
        else if (Previous is not null)
        {
            ScaleAbsorption.DivideRows(layer.Weight(Previous), layer.Bias(Previous), PreviousRows, Sharing?.Shared(scales) ?? scales);
        }
        else
        {
            ScaleAbsorption.MultiplyDivisors(layer.Vector(ActivationScales!), scales);
        }

        foreach (var linear in (LinearConfig[])[.. Readers.Linears, .. Readers.Floats])
        {
            ScaleAbsorption.MultiplyColumns(layer.Weight(linear), scales);
        }

        return scales;
    }

    private ScaleGroup AfterValues(AttentionConfig attention, bool shareKvHeads)
    {
        if (attention.Latent is { } latent)
        {
            // Every head has values of its own, in the rows after those of its key.
            var rows = Enumerable.Range(0, attention.NumHeads).SelectMany(head => Enumerable.Range((head * (latent.PlainDim + latent.ValueDim)) + latent.PlainDim, latent.ValueDim));
            return this with { Previous = latent.KeyValueUp, PreviousRows = [.. rows] };
        }

        if (!shareKvHeads && attention.NumHeads != attention.NumKvHeads)
        {
            return this;
        }

        var previous = attention.Projections[^1];
        return this with
        {
            Previous = previous,
            PreviousRows = LastRows(previous, attention.NumKvHeads * attention.HeadDim),
            Sharing = new KvHeadSharing(attention.NumHeads, attention.NumKvHeads, attention.HeadDim),
        };
    }

    private ScaleGroup AfterActivation(FeedForwardConfig block, bool scaleActivations)
    {
        // A factor passes through a product with the gate, and a positive one through max(x, 0).
        if (block.IsGated || block.Activation == Activation.Relu)
        {
            return this with { Previous = block.GateUp[^1], PreviousRows = LastRows(block.GateUp[^1], block.IntermediateSize) };
        }

        return this with { ActivationScales = scaleActivations ? block.ActivationScales : null };
    }

    private static int[] LastRows(LinearConfig linear, int count) => [.. Enumerable.Range(linear.OutFeatures - count, count)];
}
