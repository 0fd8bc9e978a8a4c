namespace AwqIlgpu.Kernels;

/// <summary>Which elements of a head make a pair that rotary embedding turns, and where the result goes; r is the rotary dimension.</summary>
internal enum RopeStyle
{
    /// <summary>Pairs (i, i + r/2), result in place: Llama, GPT-NeoX and most others.</summary>
    Half,

    /// <summary>Pairs (2i, 2i + 1), result in place: GPT-J, Cohere; GLM with r smaller than the head.</summary>
    Interleaved,

    /// <summary>Pairs (2i, 2i + 1), result at (i, i + r/2): DeepSeek.</summary>
    InterleavedToHalf,
}
