namespace AwqIlgpu.Checkpoints;

/// <summary>The public layouts in which a linear layer's weight lies on disk.</summary>
internal enum WeightLayout
{
    /// <summary><c>weight</c> [out, in] in fp16, bf16 or fp32: not quantised.</summary>
    Float,

    /// <summary>AutoAWQ GEMM: qweight [in, out/8], qzeros [in/group, out/8], scales [in/group, out].</summary>
    Gemm,

    /// <summary>AutoAWQ GEMV: qweight [out, in/8], qzeros and scales by row, padded.</summary>
    Gemv,

    /// <summary>AutoAWQ GEMV fast and llm-awq v2: int16 qweight [out/4, in], interleaved.</summary>
    GemvFast,

    /// <summary>Marlin: 16 by 16 tiles permuted for tensor cores, symmetric.</summary>
    Marlin,

    /// <summary>compressed-tensors pack-quantized: weight_packed [out, in/8], weight_scale, weight_zero_point, weight_shape.</summary>
    CompressedTensors,
}

/// <summary>One linear layer as the checkpoint's headers describe it; nothing of its weights is read.</summary>
/// <param name="Prefix">Name without the last part, for example <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="Layout">How the weight lies on disk.</param>
/// <param name="OutFeatures">Rows of the weight.</param>
/// <param name="InFeatures">Columns of the weight.</param>
/// <param name="GroupSize">Consecutive input features that share a scale; InFeatures where one scale serves a whole row; 0 for <see cref="WeightLayout.Float"/>.</param>
/// <param name="FloatType">Type of the weight (<see cref="WeightLayout.Float"/>) or of the scales.</param>
/// <param name="HasBias">Whether <c>bias</c> [out] is there.</param>
internal sealed record LinearInfo(string Prefix, WeightLayout Layout, int OutFeatures, int InFeatures, int GroupSize, TensorType FloatType, bool HasBias)
{
    /// <summary>Groups per row; 0 for <see cref="WeightLayout.Float"/>.</summary>
    public int Groups => GroupSize == 0 ? 0 : InFeatures / GroupSize;
}
