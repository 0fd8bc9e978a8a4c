namespace AwqIlgpu;

/// <summary>How random weights are stored.</summary>
public enum WeightFormat
{
    /// <summary>Int4 as AWQ quantises: all linear layers but the head and routers, one scale and zero point for each group of 128 inputs.</summary>
    Awq,

    /// <summary>fp16, everything.</summary>
    Fp16,
}
