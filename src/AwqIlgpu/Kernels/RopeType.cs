namespace AwqIlgpu.Kernels;

/// <summary>How the rotary frequencies are stretched for long contexts; <c>rope_type</c> of config.json.</summary>
internal enum RopeType
{
    /// <summary>As trained.</summary>
    Default,

    /// <summary>Positions divided by the factor.</summary>
    Linear,

    /// <summary>The base grows with the sequence beyond the trained length ("dynamic NTK").</summary>
    Dynamic,

    /// <summary>Low frequencies stretched, high ones kept, a blend between; with an attention factor (YaRN).</summary>
    Yarn,

    /// <summary>One stretch factor per frequency, from a short or a long list by sequence length (LongRoPE).</summary>
    LongRope,

    /// <summary>Low frequencies stretched, high ones kept, a blend between, by wavelength (Llama 3.1).</summary>
    Llama3,
}
