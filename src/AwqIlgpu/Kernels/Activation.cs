namespace AwqIlgpu.Kernels;

/// <summary>The activation functions that decoders use; <c>hidden_act</c> of config.json.</summary>
internal enum Activation
{
    /// <summary>x * sigmoid(x); "silu", "swish".</summary>
    Silu,

    /// <summary>x * Phi(x), Phi the normal distribution; "gelu".</summary>
    GeluErf,

    /// <summary>GELU with the tanh approximation; "gelu_new", "gelu_pytorch_tanh".</summary>
    GeluTanh,

    /// <summary>x * sigmoid(1.702 x); "quick_gelu".</summary>
    QuickGelu,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>max(x, 0)^2; "relu2".</summary>
    Relu2,

    /// <summary>1 / (1 + e^-x).</summary>
    Sigmoid,

    /// <summary>tanh(x).</summary>
    Tanh,
}
