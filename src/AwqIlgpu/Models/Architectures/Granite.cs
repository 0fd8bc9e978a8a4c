using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Granite 3: Llama with multipliers on embeddings, scores, what each block adds, and logits.</summary>
internal static class Granite
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        // Masked scores are -infinity before it is applied.
        float scores = (float)(config.OptionalFloat("attention_multiplier", float.Epsilon) ?? 1);
        float residual = Multiplier("residual_multiplier");
        var decoder = Llama.Read(config) with
        {
            EmbeddingScale = Multiplier("embedding_multiplier"),
            LogitScale = (float)(1 / (config.OptionalFloat("logits_scaling", double.Epsilon) ?? 1)),
        };
        return decoder.EachLayer((layer, _) => layer with { ResidualScale = residual, Attention = layer.Attention with { Scale = scores } });

        float Multiplier(string key) => (float)(config.OptionalFloat(key) ?? 1);
    }
}
