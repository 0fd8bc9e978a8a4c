using System.Numerics;

namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>Python's comparisons and <c>in</c>.</summary>
internal static class PythonComparison
{
    public static bool AreEqual(Rendering rendering, object? left, object? right)
    {
        rendering.Step();
        switch (left, right)
        {
            case (string a, string b):
                rendering.Characters(a.Length == b.Length ? a.Length : 0);
                return a == b;
            case (Sequence a, Sequence b):
                return ReferenceEquals(a, b) || (a.Kind == b.Kind && a.Kind is not (SequenceKind.Generator or SequenceKind.Values) && AreEqual(rendering, a.Items, b.Items));
            case (Mapping a, Mapping b):
                return a.Count == b.Count && a.Entries.All(e => b.TryGet(e.Key, out object? other) && AreEqual(rendering, e.Value, other));
            case (Undefined, Undefined):
                return true;
            case (BigInteger a, BigInteger b):
                return a == b;
        }

        return PythonArithmetic.TryInteger(left, out long i) && PythonArithmetic.TryInteger(right, out long j) ? i == j
            : PythonArithmetic.TryNumber(left, out double x) && PythonArithmetic.TryNumber(right, out double y) ? x == y
            : ReferenceEquals(left, right);
    }

    public static bool IsLess(Rendering rendering, object? left, object? right) => Order(rendering, "<", left, right, out int order) && order < 0;

    public static bool IsLessOrEqual(Rendering rendering, object? left, object? right) => Order(rendering, "<=", left, right, out int order) && order <= 0;

    public static bool IsGreater(Rendering rendering, object? left, object? right) => Order(rendering, ">", left, right, out int order) && order > 0;

    public static bool IsGreaterOrEqual(Rendering rendering, object? left, object? right) => Order(rendering, ">=", left, right, out int order) && order >= 0;

    /// <summary>Whether <paramref name="container"/> holds <paramref name="item"/>: a part of a string, an element, a key.</summary>
    public static bool IsIn(Rendering rendering, object? item, object? container)
    {
        switch (container)
        {
            case string text:
                if (item is not string part)
                {
                    throw new TemplateError($"'in <string>' requires string as left operand, not {PythonValue.TypeName(item)}");
                }

                rendering.Search(text, part);
                return text.Contains(part, StringComparison.Ordinal);
            case Mapping mapping:
                rendering.Characters(item is string key ? key.Length : 1);
                return mapping.TryGet(item, out _);
            case Sequence or Undefined:
                return PythonValue.Iterate(rendering, container).Any(i => AreEqual(rendering, i, item));
            default:
                throw new TemplateError($"argument of type {PythonValue.Quoted(container)} is not iterable");
        }
    }

    private static bool AreEqual(Rendering rendering, IReadOnlyList<object?> left, IReadOnlyList<object?> right)
    {
        bool equal = left.Count == right.Count;
        for (int i = 0; equal && i < left.Count; i++)
        {
            equal = AreEqual(rendering, left[i], right[i]);
        }

        return equal;
    }

    /// <summary>False where the two have no order although they can be compared, which is so with NaN.</summary>
    private static bool Order(Rendering rendering, string sign, object? left, object? right, out int order)
    {
        rendering.Step();
        order = 0;
        switch (left, right)
        {
            case (string a, string b):
                rendering.Characters(Math.Min(a.Length, b.Length));
                order = CompareCodePoints(a, b);
                return true;
            case (Sequence { Kind: SequenceKind.List or SequenceKind.Tuple } a, Sequence b) when a.Kind == b.Kind:
                for (int i = 0; i < Math.Min(a.Items.Count, b.Items.Count); i++)
                {
                    if (!AreEqual(rendering, a.Items[i], b.Items[i]))
                    {
                        return Order(rendering, sign, a.Items[i], b.Items[i], out order);
                    }
                }

                order = a.Items.Count.CompareTo(b.Items.Count);
                return true;
        }

        if ((left as Undefined ?? right as Undefined) is { } undefined)
        {
            throw undefined.Error();
        }

        if (PythonArithmetic.TryInteger(left, out long x) && PythonArithmetic.TryInteger(right, out long y))
        {
            order = x.CompareTo(y);
            return true;
        }

        if (PythonArithmetic.TryNumber(left, out double v) && PythonArithmetic.TryNumber(right, out double w))
        {
            order = v.CompareTo(w);
            return !double.IsNaN(v) && !double.IsNaN(w);
        }

        throw new TemplateError($"'{sign}' not supported between instances of {PythonValue.Quoted(left)} and {PythonValue.Quoted(right)}");
    }

    /// <summary>Order of code points; surrogates sort after the rest of UTF-16, so units alone would not do.</summary>
    private static int CompareCodePoints(string left, string right)
    {
        int same = left.AsSpan().CommonPrefixLength(right);
        if (same == left.Length || same == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        char a = left[same];
        char b = right[same];
        return char.IsSurrogate(a) == char.IsSurrogate(b) ? a.CompareTo(b) : char.IsSurrogate(a) ? 1 : -1;
    }
}
