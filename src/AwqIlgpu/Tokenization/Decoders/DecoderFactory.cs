namespace AwqIlgpu.Tokenization.Decoders;

/// <summary>Starts the steps of a decoder.</summary>
/// <param name="next">What takes their output.</param>
/// <param name="streaming">Whether output is wanted as early as possible; bytes that turn out invalid late may then differ.</param>
internal delegate DecoderStep DecoderFactory(DecoderStep next, bool streaming);
