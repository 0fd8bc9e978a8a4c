namespace AwqIlgpu.Models;

/// <summary>One linear layer of the decoder: y = x W^T + bias.</summary>
/// <param name="Prefix">Tensor name without its last part, for example <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="OutFeatures">Width of y.</param>
/// <param name="InFeatures">Width of x.</param>
/// <param name="Bias">Whether the file must hold a bias; one that it holds beyond that is added too.</param>
/// <param name="RowOrder">Where row r of the file goes in y, for projections whose heads are interleaved in the file; null keeps the order.</param>
internal sealed record LinearConfig(string Prefix, int OutFeatures, int InFeatures, bool Bias = false, int[]? RowOrder = null);
