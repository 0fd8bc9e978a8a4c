using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Reads sizes within bounds that no model comes near and whose products fit an int, so that a damaged file is refused where it is read.</summary>
internal static class Sizes
{
    private const int MaxLayers = 1024;
    private const int MaxWidth = 1 << 20;
    private const int MaxHeads = 1 << 12;
    private const int MaxHeadDim = 1 << 14;

    /// <summary><c>num_hidden_layers</c>.</summary>
    public static int Layers(ConfigReader config) => config.Int("num_hidden_layers", 1, MaxLayers);

    /// <summary>A width of the residual stream, a feed-forward block or a latent vector.</summary>
    public static int Width(ConfigReader config, string key) => config.Int(key, 1, MaxWidth);

    /// <inheritdoc cref="Width"/>
    public static int? OptionalWidth(ConfigReader config, string key) => config.OptionalInt(key, 1, MaxWidth);

    /// <summary>Query heads.</summary>
    public static int Heads(ConfigReader config) => config.Int("num_attention_heads", 1, MaxHeads);

    /// <summary>Key and value heads; as many as query heads where the config does not say.</summary>
    /// <exception cref="InvalidDataException">They do not divide the query heads.</exception>
    public static int KvHeads(ConfigReader config, string key, int heads)
    {
        int kvHeads = config.OptionalInt(key) ?? heads;
        return heads % kvHeads == 0 ? kvHeads : throw new InvalidDataException($"config.json: num_attention_heads is {heads} and {key} {kvHeads}; expected the second to divide the first.");
    }

    /// <summary>Width of a head, or of a part of one.</summary>
    public static int HeadDim(ConfigReader config, string key) => config.Int(key, 1, MaxHeadDim);

    /// <summary>Width of a head; <paramref name="hidden"/> / <paramref name="heads"/> where the config does not say.</summary>
    /// <exception cref="InvalidDataException">The heads do not divide the hidden size.</exception>
    public static int HeadDim(ConfigReader config, int hidden, int heads)
    {
        if (config.OptionalInt("head_dim", 1, MaxHeadDim) is { } headDim)
        {
            return headDim;
        }

        return hidden >= heads ? hidden / heads : throw new InvalidDataException($"config.json: hidden_size is {hidden} and num_attention_heads {heads}; expected at least one element for each head.");
    }
}
