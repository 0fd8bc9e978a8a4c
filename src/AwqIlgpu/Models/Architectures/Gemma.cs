using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Gemma: Llama with norms that multiply by 1 + weight, scaled embeddings, tanh-GELU and tied embeddings.</summary>
internal static class Gemma
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        config.Only("use_bidirectional_attention", false);
        string? older = config.OptionalString("hidden_act");
        // The first files say gelu where the model was trained with the tanh form.
        var activation = ActivationNames.Read(config, "hidden_activation", older is null or "gelu" ? "gelu_pytorch_tanh" : older);
        return Read(config, new Llama.Traits { Activation = activation });
    }

    /// <summary>Reads config.json of Gemma or its successors.</summary>
    internal static DecoderConfig Read(ConfigReader config, Llama.Traits traits)
    {
        var decoder = Llama.Read(config, traits with { UnitOffset = true, TieWordEmbeddings = true, AttentionBias = config.OptionalBool("attention_bias") ?? false });
        return decoder with { EmbeddingScale = MathF.Sqrt(decoder.HiddenSize) };
    }
}
