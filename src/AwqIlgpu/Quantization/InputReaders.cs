using AwqIlgpu.Models;

namespace AwqIlgpu.Quantization;

/// <summary>The linears that read one input of a decoder layer. All of them together are the one table from which loading, calibration, scaling and writing follow.</summary>
/// <param name="Input">The input.</param>
/// <param name="Linears">Linears that are quantised.</param>
/// <param name="Floats">Linears that stay float, since their few outputs decide much: routers, and the gates of shared experts.</param>
internal sealed record InputReaders(LayerInput Input, LinearConfig[] Linears, LinearConfig[] Floats)
{
    /// <summary>The inputs of a layer in the order in which data passes them.</summary>
    public static IEnumerable<InputReaders> Of(LayerConfig layer)
    {
        var attention = layer.Attention;
        LinearConfig[] first = attention.Latent is { } projections ? [projections.QueryDown ?? projections.Query, projections.KeyValueDown] : attention.Projections;
        FeedForwardConfig[] experts = layer.Experts?.Experts ?? [];
        LinearConfig[] expanding = [.. layer.FeedForward?.GateUp ?? [], .. experts.SelectMany(expert => expert.GateUp)];
        LinearConfig[] floats = [.. new[] { layer.FeedForward?.OutputGate, layer.Experts?.Router }.OfType<LinearConfig>()];

        bool shared = SharesInput(layer);
        yield return shared ? new(new(LayerPlace.Attention), [.. first, .. expanding], floats) : new(new(LayerPlace.Attention), first, []);
        if (attention.Latent is { } latent)
        {
            if (latent.QueryDown is not null)
            {
                yield return new(new(LayerPlace.LatentQuery), [latent.Query], []);
            }

            yield return new(new(LayerPlace.LatentKeyValue), [latent.KeyValueUp], []);
        }

        yield return new(new(LayerPlace.Output), [attention.Output], []);
        if (!shared)
        {
            yield return new(new(LayerPlace.FeedForward), expanding, floats);
        }

        if (layer.FeedForward is { } block)
        {
            yield return new(new(LayerPlace.Down), [block.Down], []);
        }

        for (int e = 0; e < experts.Length; e++)
        {
            yield return new(new(LayerPlace.ExpertDown, e), [experts[e].Down], []);
        }
    }

    /// <summary>Whether the feed-forward block reads what attention reads.</summary>
    public static bool SharesInput(LayerConfig layer) => layer.Parallel && layer.FeedForwardNorm is null;

    /// <summary>Every linear of a layer that is quantised.</summary>
    public static IEnumerable<LinearConfig> LinearsOf(LayerConfig layer) => Of(layer).SelectMany(readers => readers.Linears);

    /// <summary>Every linear of a layer that stays float.</summary>
    public static IEnumerable<LinearConfig> FloatsOf(LayerConfig layer) => Of(layer).SelectMany(readers => readers.Floats);

    /// <summary>Names of the linears of all layers that are float where only those of <paramref name="isQuantized"/> are not.</summary>
    public static IReadOnlyList<string> FloatNames(DecoderConfig config, Func<LinearConfig, bool> isQuantized) =>
        [.. config.Layers.SelectMany(layer => LinearsOf(layer).Where(linear => !isQuantized(linear)).Concat(FloatsOf(layer))).Select(linear => linear.Prefix)];
}
