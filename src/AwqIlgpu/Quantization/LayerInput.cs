namespace AwqIlgpu.Quantization;

/// <summary>Where in a decoder layer linears read.</summary>
internal enum LayerPlace
{
    /// <summary>What attention reads: the normed hidden state, or the hidden state itself.</summary>
    Attention,

    /// <summary>The short vector that latent attention makes queries from.</summary>
    LatentQuery,

    /// <summary>The latent vector that keys and values are made from.</summary>
    LatentKeyValue,

    /// <summary>What attention gives to its output projection.</summary>
    Output,

    /// <summary>What the feed-forward block, the router and the experts read.</summary>
    FeedForward,

    /// <summary>What goes into the down projection.</summary>
    Down,

    /// <summary>What goes into the down projection of one expert.</summary>
    ExpertDown,
}

/// <summary>One input of a decoder layer's linears.</summary>
/// <param name="Place">Where it is.</param>
/// <param name="Expert">Which expert's, at <see cref="LayerPlace.ExpertDown"/>; else 0.</param>
internal readonly record struct LayerInput(LayerPlace Place, int Expert = 0);
