namespace AwqIlgpu;

/// <summary>Types that the KV cache stores.</summary>
public enum KvType
{
    /// <summary>4 bytes; the keys and values as computed.</summary>
    Fp32,

    /// <summary>2 bytes; rounded to fp16, and held at its largest value 65504 beyond it.</summary>
    Fp16,

    /// <summary>1 byte, and for every token and head 4 bytes of scale and zero point.</summary>
#pragma warning disable CA1720 // The field's name for it; the option on the command line is int8 too.
    Int8,
#pragma warning restore CA1720

    /// <summary>Half a byte, and for every token and 8 elements of a head 2 bytes of scale and zero point, and 6 bytes for the head.</summary>
    Int4,
}

/// <summary>Names of KV types.</summary>
public static class KvTypeNames
{
    /// <summary>The type as options name it: fp32, fp16, int8 or int4.</summary>
    public static string Name(this KvType type) => type.ToString().ToLowerInvariant();
}
