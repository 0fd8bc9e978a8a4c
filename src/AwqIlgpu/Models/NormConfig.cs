namespace AwqIlgpu.Models;

/// <summary>The two normalisations that decoders use.</summary>
internal enum NormKind
{
    /// <summary>x / rms(x) * weight.</summary>
    Rms,

    /// <summary>(x - mean) / deviation * weight + bias, the bias only where the file has one.</summary>
    Layer,
}

/// <summary>One normalisation of the decoder.</summary>
/// <param name="Prefix">Tensor name without <c>.weight</c>, for example <c>model.norm</c>.</param>
/// <param name="Kind">Which formula.</param>
/// <param name="Width">Values that are normalised together: the hidden size, or the head dimension for q and k norms.</param>
/// <param name="Epsilon">Added to the mean square.</param>
/// <param name="UnitOffset">Whether the file holds weight - 1, as Gemma's does.</param>
/// <param name="Segments">Runs of <paramref name="Width"/> values with a weight of their own: the heads, where each has one. In the file they are the rows of one tensor, or tensors <c>norms.0</c>, <c>norms.1</c> ...</param>
internal sealed record NormConfig(string Prefix, NormKind Kind, int Width, float Epsilon, bool UnitOffset = false, int Segments = 1);
