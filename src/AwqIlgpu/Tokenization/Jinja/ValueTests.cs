using System.Numerics;

namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>The tests of <c>is</c>, by name.</summary>
internal static class ValueTests
{
    private static readonly Dictionary<string, Builtin> s_tests = Filters.Table(
    [
        Test("boolean", v => v is bool),
        Test("callable", v => v is Callable),
        Test("defined", v => v is not Undefined),
        Test("escaped", _ => false),
        new("even", "", (v, a) => IsRemainder(a, v, 2L, 0)),
        Test("false", v => v is false),
        Test("filter", v => v is string name && Filters.Find(name) is not null),
        Test("float", v => v is double),
        Test("integer", v => v is long or BigInteger),
        Test("iterable", PythonValue.IsIterable),
        Test("mapping", v => v is Mapping),
        Test("none", v => v is null),
        Test("number", v => v is long or double or bool or BigInteger),
        new("odd", "", (v, a) => IsRemainder(a, v, 2L, 1)),
        Test("sequence", v => v is string or Mapping or Undefined or Sequence { IsIndexed: true }),
        Test("string", v => v is string),
        Test("test", v => v is string name && Find(name) is not null),
        Test("true", v => v is true),
        Test("undefined", v => v is Undefined),
        new("lower", "", (v, a) => PythonString.IsLower(PythonText.Str(a.Rendering, v))),
        new("upper", "", (v, a) => PythonString.IsUpper(PythonText.Str(a.Rendering, v))),
        new("divisibleby", "num", (v, a) => IsRemainder(a, v, a[0], 0)),
        new("sameas", "other", (v, a) => ReferenceEquals(v, a[0]) || (v is bool or long && v.Equals(a[0]))),
        .. Comparisons(PythonComparison.AreEqual, "eq", "equalto", "=="),
        .. Comparisons((r, a, b) => !PythonComparison.AreEqual(r, a, b), "ne", "!="),
        .. Comparisons(PythonComparison.IsLess, "lt", "lessthan", "<"),
        .. Comparisons(PythonComparison.IsLessOrEqual, "le", "<="),
        .. Comparisons(PythonComparison.IsGreater, "gt", "greaterthan", ">"),
        .. Comparisons(PythonComparison.IsGreaterOrEqual, "ge", ">="),
        .. Comparisons(PythonComparison.IsIn, "in"),
    ]);

    public static Builtin? Find(string name) => s_tests.GetValueOrDefault(name);

    public static TemplateError Unknown(string name) => new($"No test named {PythonText.Repr(name)}.");

    private static Builtin Test(string name, Func<object?, bool> holds) => new(name, "", (value, _) => holds(value));

    private static IEnumerable<Builtin> Comparisons(ComparisonOperator holds, params string[] names) =>
        names.Select(name => new Builtin(name, "other", (value, arguments) => holds(arguments.Rendering, value, arguments[0])));

    private static bool IsRemainder(Arguments arguments, object? value, object? divisor, long remainder) =>
        PythonComparison.AreEqual(arguments.Rendering, PythonArithmetic.Remainder(arguments.Rendering, value, divisor), remainder);
}
