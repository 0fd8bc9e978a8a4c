namespace AwqIlgpu.Checkpoints;

/// <summary>Element types of a safetensors file, as the format names them.</summary>
internal enum TensorType
{
    Bool,
    UInt8,
    Int8,
    Int16,
    UInt16,
    Float16,
    BFloat16,
    Int32,
    UInt32,
    Float32,
    Int64,
    UInt64,
    Float64,
}

/// <summary>Facts about element types.</summary>
internal static class TensorTypes
{
    /// <summary>Bytes per element.</summary>
    public static int Size(this TensorType type) => type switch
    {
        TensorType.Bool or TensorType.UInt8 or TensorType.Int8 => 1,
        TensorType.Int16 or TensorType.UInt16 or TensorType.Float16 or TensorType.BFloat16 => 2,
        TensorType.Int32 or TensorType.UInt32 or TensorType.Float32 => 4,
        _ => 8,
    };

    /// <summary>Whether the type is one of the three float types that weights come in.</summary>
    public static bool IsFloat(this TensorType type) => type is TensorType.Float16 or TensorType.BFloat16 or TensorType.Float32;
}
