using System.Numerics;

namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>
/// What every value can be asked. Values are Python's, held as: None null, bool <see cref="bool"/>, int <see cref="long"/> (<see cref="BigInteger"/> beyond 64 bits, only passed
/// through), float <see cref="double"/>, str <see cref="string"/>, dict <see cref="Mapping"/>, lists and their like <see cref="Sequence"/>.
/// </summary>
internal static class PythonValue
{
    public static string TypeName(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long or BigInteger => "int",
        double => "float",
        string => "str",
        Sequence sequence => sequence.TypeName,
        Mapping => "dict",
        Macro => "Macro",
        Loop => "LoopContext",
        Callable => "builtin_function_or_method",
        _ => value.GetType().Name,
    };

    public static string Quoted(object? value) => $"'{TypeName(value)}'";

    public static bool Truth(object? value) => value switch
    {
        null or Undefined => false,
        bool b => b,
        long i => i != 0,
        double d => d != 0,
        string s => s.Length > 0,
        Sequence sequence => sequence.Kind == SequenceKind.Generator || sequence.Items.Count > 0,
        Mapping mapping => mapping.Count > 0,
        _ => true,
    };

    public static long Length(object? value) => value switch
    {
        Undefined => 0,
        string s => PythonString.Length(s),
        Sequence { Kind: not SequenceKind.Generator } sequence => sequence.Items.Count,
        Mapping mapping => mapping.Count,
        Loop loop => loop.Length,
        _ => throw new TemplateError($"object of type {Quoted(value)} has no len()"),
    };

    /// <summary>The elements that a loop over <paramref name="value"/> sees: of a string its characters, of a dict its keys.</summary>
    public static IReadOnlyList<object?> Iterate(Rendering rendering, object? value)
    {
        IReadOnlyList<object?> items = value switch
        {
            Undefined => [],
            string s => PythonString.Characters(rendering, s),
            Sequence sequence => sequence.Read(),
            Mapping mapping => [.. mapping.Keys],
            _ => throw new TemplateError($"{Quoted(value)} object is not iterable"),
        };
        rendering.Steps(items.Count);
        return items;
    }

    public static bool IsIterable(object? value) => value is Undefined or string or Sequence or Mapping;
}
