namespace AwqIlgpu;

/// <summary>Types that the KV cache stores.</summary>
public enum KvType
{
    /// <summary>4 bytes; the keys and values as computed.</summary>
    Fp32,

    /// <summary>2 bytes; rounded to fp16, and held at its largest value 65504 beyond it.</summary>
    Fp16,
}
