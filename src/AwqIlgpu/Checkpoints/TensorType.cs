using System.Runtime.CompilerServices;

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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Size(this TensorType type) => type switch
    {
        TensorType.Bool or TensorType.UInt8 or TensorType.Int8 => 1,
        TensorType.Int16 or TensorType.UInt16 or TensorType.Float16 or TensorType.BFloat16 => 2,
        TensorType.Int32 or TensorType.UInt32 or TensorType.Float32 => 4,
        _ => 8,
    };

    /// <summary>Whether the type is one of the three float types that weights come in.</summary>
    public static bool IsFloat(this TensorType type) => type is TensorType.Float16 or TensorType.BFloat16 or TensorType.Float32;

    /// <summary>The type that a safetensors header calls <paramref name="dtype"/>; null for one that is not read here (fp8, complex, ...).</summary>
    public static TensorType? FromDtype(string dtype) => dtype switch
    {
        "BOOL" => TensorType.Bool,
        "U8" => TensorType.UInt8,
        "I8" => TensorType.Int8,
        "I16" => TensorType.Int16,
        "U16" => TensorType.UInt16,
        "F16" => TensorType.Float16,
        "BF16" => TensorType.BFloat16,
        "I32" => TensorType.Int32,
        "U32" => TensorType.UInt32,
        "F32" => TensorType.Float32,
        "I64" => TensorType.Int64,
        "U64" => TensorType.UInt64,
        "F64" => TensorType.Float64,
        _ => null,
    };

    /// <summary>The type's name in a safetensors header.</summary>
    public static string Dtype(this TensorType type) => type switch
    {
        TensorType.Bool => "BOOL",
        TensorType.UInt8 => "U8",
        TensorType.Int8 => "I8",
        TensorType.Int16 => "I16",
        TensorType.UInt16 => "U16",
        TensorType.Float16 => "F16",
        TensorType.BFloat16 => "BF16",
        TensorType.Int32 => "I32",
        TensorType.UInt32 => "U32",
        TensorType.Float32 => "F32",
        TensorType.Int64 => "I64",
        TensorType.UInt64 => "U64",
        _ => "F64",
    };
}
