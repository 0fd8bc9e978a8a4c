using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>StarCoder2: layer norms and biases everywhere, a feed-forward block without gate, a window in every layer.</summary>
internal static class Starcoder2
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        config.Only("norm_type", "layer_norm");
        config.Only("mlp_type", "default");
        config.Only("scale_attn_weights", true);
        // Of the code that the files were converted from; transformers reads hidden_act and norm_epsilon.
        config.Ignore("activation_function", "layer_norm_epsilon", "attention_softmax_in_fp32", "scale_attention_softmax_in_fp32");
        bool bias = config.OptionalBool("use_bias") ?? true;
        int window = LayerTypes.Window(config, 0);
        var decoder = Llama.Read(config, new Llama.Traits
        {
            Norms = NormKind.Layer,
            EpsilonKey = "norm_epsilon",
            Epsilon = 1e-5,
            TieWordEmbeddings = true,
            AttentionBias = bias,
            Window = _ => window,
        });
        return decoder.EachLayer((layer, i) => layer with
        {
            FeedForward = Plain($"model.layers.{i}.mlp", "c_fc", "c_proj", decoder.HiddenSize, layer.FeedForward!.IntermediateSize, layer.FeedForward.Activation, bias),
        });
    }

    /// <summary>A block without gate, whose activation AWQ may have scaled.</summary>
    internal static FeedForwardConfig Plain(string prefix, string up, string down, int hidden, int intermediate, Kernels.Activation activation, bool bias) => new()
    {
        IntermediateSize = intermediate,
        IsGated = false,
        Activation = activation,
        GateUp = [new LinearConfig($"{prefix}.{up}", intermediate, hidden, bias)],
        ActivationScales = $"{prefix}.act.scales",
        Down = new LinearConfig($"{prefix}.{down}", hidden, intermediate, bias),
    };
}
