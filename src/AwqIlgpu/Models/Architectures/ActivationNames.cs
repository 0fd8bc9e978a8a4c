using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Activation functions by the names that config.json uses.</summary>
internal static class ActivationNames
{
    /// <summary>Reads the activation under <paramref name="key"/>, or takes <paramref name="missing"/> where there is none.</summary>
    /// <exception cref="NotSupportedException">The name is unknown.</exception>
    public static Activation Read(ConfigReader config, string key, string? missing = null) => (missing is null ? config.String(key) : config.OptionalString(key) ?? missing) switch
    {
        "silu" or "swish" => Activation.Silu,
        "gelu" => Activation.GeluErf,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" => Activation.GeluTanh,
        "quick_gelu" => Activation.QuickGelu,
        "relu" => Activation.Relu,
        "relu2" => Activation.Relu2,
        "sigmoid" => Activation.Sigmoid,
        "tanh" => Activation.Tanh,
        var name => throw new NotSupportedException($"config.json: {key} \"{name}\" is not supported. Supported: silu, gelu, gelu_new, gelu_pytorch_tanh, quick_gelu, relu, relu2, sigmoid, tanh."),
    };
}
