namespace AwqIlgpu.Checkpoints;

/// <summary>What a decoder asks of its weights before any is read: a checkpoint's headers answer, or a program that makes the weights.</summary>
internal interface IWeightSource
{
    /// <summary>Whether linear layers are quantised.</summary>
    bool IsQuantized { get; }

    /// <summary>Whether there is a tensor of that name.</summary>
    bool HasTensor(string name);

    /// <summary>Whether weights of a linear layer are there which the configuration does not name.</summary>
    bool HasUnnamed(string prefix);

    /// <summary>The fp16, bf16 or fp32 tensor of that name, of the shape that it must have.</summary>
    /// <exception cref="InvalidDataException">It is missing or has another shape.</exception>
    TensorInfo FloatTensor(string name, ReadOnlySpan<long> shape, string reason);

    /// <summary>The linear layer <paramref name="prefix"/>.</summary>
    /// <param name="prefix">Name without the last part, for example <c>model.layers.0.self_attn.q_proj</c>.</param>
    /// <param name="outFeatures">Rows of the weight.</param>
    /// <param name="inFeatures">Columns of the weight.</param>
    /// <param name="bias">Whether it must have a bias.</param>
    /// <exception cref="InvalidDataException">Tensors are missing, of the wrong shape, or contradict config.json.</exception>
    /// <exception cref="NotSupportedException">The layer is stored in a way that is not read here.</exception>
    LinearInfo Linear(string prefix, int outFeatures, int inFeatures, bool bias);
}
