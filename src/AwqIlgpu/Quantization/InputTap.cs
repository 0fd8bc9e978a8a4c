namespace AwqIlgpu.Quantization;

/// <summary>Sees what linears of a decoder layer read.</summary>
/// <param name="input">Which input.</param>
/// <param name="values">[tokens, features]; valid during the call.</param>
/// <param name="tokens">Which tokens of the sequence these are, ascending: all, or those that went to an expert.</param>
internal delegate void InputTap(LayerInput input, ReadOnlyMemory<float> values, ReadOnlySpan<int> tokens);
