using System.Reflection.Emit;

namespace ILGPU.Simulation;

/// <summary>An argument or local variable of a kernel or of a method inlined into it.</summary>
internal sealed class Variable
{
    /// <summary>Declared type; null for the unused receiver of a static lambda.</summary>
    public required Type? Type { get; init; }

    /// <summary>The IL local, for a variable whose address nobody takes.</summary>
    public LocalBuilder? Local { get; init; }

    /// <summary>Where the variable lies in the lane's frame, or where it is kept while the lane is suspended; -1 if nowhere yet.</summary>
    public int Offset { get; set; } = -1;

    /// <summary>Holds the address of a local variable, so that accesses through it need no check.</summary>
    public bool HoldsLocalAddress { get; set; }
}

/// <summary>What the compiler knows of a value on the evaluation stack.</summary>
/// <param name="Type">Its type as the stack has it: int, long, nint, float, double, a struct, a reference.</param>
/// <param name="IsLocalAddress">Points into the lane's own frame.</param>
/// <param name="Text">The value, for a string constant.</param>
internal readonly record struct StackValue(Type Type, bool IsLocalAddress = false, string? Text = null)
{
    public bool IsAddress => Type.IsByRef || Type.IsPointer || Type == typeof(nint);

    /// <summary>The stack's type for a value declared as <paramref name="type"/>.</summary>
    public static Type Normalize(Type type)
    {
        if (type.IsEnum)
        {
            type = type.GetEnumUnderlyingType();
        }

        if (type.IsPointer || type == typeof(nuint))
        {
            return typeof(nint);
        }

        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean or TypeCode.Char or TypeCode.SByte or TypeCode.Byte or TypeCode.Int16 or TypeCode.UInt16
                or TypeCode.Int32 or TypeCode.UInt32 => typeof(int),
            TypeCode.Int64 or TypeCode.UInt64 => typeof(long),
            _ => type,
        };
    }
}
