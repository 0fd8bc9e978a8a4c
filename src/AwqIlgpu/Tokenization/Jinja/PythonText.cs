using System.Globalization;
using System.Numerics;
using System.Text;

namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>Values as Python's <c>str</c> and <c>repr</c> write them.</summary>
internal static class PythonText
{
    /// <summary>Text as it is printed: a string itself, an undefined value nothing, everything else as <c>repr</c>.</summary>
    public static string Str(Rendering rendering, object? value)
    {
        switch (value)
        {
            case string text:
                return text;
            case Undefined:
                return "";
            case Sequence or Mapping or Namespace:
                var output = new BoundedText(rendering);
                WriteRepr(output, value);
                return output.ToString();
            default:
                return Short(value);
        }
    }

    public static string Repr(Rendering rendering, object? value)
    {
        var output = new BoundedText(rendering);
        WriteRepr(output, value);
        return output.ToString();
    }

    /// <summary>Values that hold no others.</summary>
    public static string Short(object? value) => value switch
    {
        null => "None",
        true => "True",
        false => "False",
        long i => i.ToString(),
        BigInteger i => i.ToString(),
        double d => Float(d),
        string s => Repr(s),
        Undefined => "Undefined",
        Macro macro => $"<Macro {Repr(macro.Name)}>",
        Loop loop => $"<LoopContext {loop.Index}/{loop.Length}>",
        Callable callable => $"<built-in method {callable.Name}>",
        _ => $"<{PythonValue.TypeName(value)} object>",
    };

    /// <summary>The shortest digits that read back as the same value; an exponent below 1e-4 and from 1e16.</summary>
    public static string Float(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        // The framework's shortest digits are the same as Python's; only where the point and the exponent go differs.
        string shortest = Math.Abs(value).ToString("R");
        string sign = double.IsNegative(value) ? "-" : "";
        int e = shortest.IndexOf('E');
        string decimals = e < 0 ? shortest : shortest[..e];
        int point = decimals.IndexOf('.');
        string padded = decimals.Replace(".", "", StringComparison.Ordinal);
        string digits = padded.TrimStart('0');
        int exponent = (e < 0 ? 0 : int.Parse(shortest.AsSpan(e + 1), NumberStyles.AllowLeadingSign)) + (point < 0 ? decimals.Length : point) - 1 - (padded.Length - digits.Length);
        digits = digits.TrimEnd('0');
        if (digits.Length == 0)
        {
            return sign + "0.0";
        }

        if (exponent is >= -4 and < 16)
        {
            return sign + (exponent < 0
                ? "0." + new string('0', -exponent - 1) + digits
                : digits.Length <= exponent + 1 ? digits.PadRight(exponent + 1, '0') + ".0" : digits.Insert(exponent + 1, "."));
        }

        string mantissa = digits.Length == 1 ? digits : digits.Insert(1, ".");
        return $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    public static string Repr(string text)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var output = new StringBuilder(text.Length + 2).Append(quote);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == quote || c == '\\')
            {
                output.Append('\\').Append(c);
            }
            else if (c is >= ' ' and <= '~')
            {
                output.Append(c);
            }
            else if (c is '\n' or '\r' or '\t')
            {
                output.Append('\\').Append(c switch { '\n' => 'n', '\r' => 'r', _ => 't' });
            }
            else
            {
                int size = Rune.TryGetRuneAt(text, i, out var rune) ? rune.Utf16SequenceLength : 1;
                int code = size == 1 ? c : rune.Value;
                if (IsPrintable(CharUnicodeInfo.GetUnicodeCategory(text, i)))
                {
                    output.Append(text, i, size);
                }
                else
                {
                    output.Append(code < 0x100 ? $"\\x{code:x2}" : code < 0x10000 ? $"\\u{code:x4}" : $"\\U{code:x8}");
                }

                i += size - 1;
            }
        }

        return output.Append(quote).ToString();
    }

    private static bool IsPrintable(UnicodeCategory category) => category is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    private static void WriteRepr(BoundedText output, object? value)
    {
        output.Rendering.Step();
        switch (value)
        {
            case Sequence { Kind: SequenceKind.Generator }:
                output.Append("<generator object>");
                break;
            case Sequence { Kind: SequenceKind.Range } range:
                output.Append($"range({Short(range.Items.Count > 0 ? range.Items[0] : 0L)}, {range.Items.Count})");
                break;
            case Sequence sequence:
                bool isTuple = sequence.Kind == SequenceKind.Tuple;
                bool isView = sequence.Kind != SequenceKind.List && !isTuple;
                output.Append(isView ? $"{sequence.TypeName}([" : isTuple ? "(" : "[");
                WriteItems(output, sequence.Items);
                output.Append(isView ? "])" : isTuple ? sequence.Items.Count == 1 ? ",)" : ")" : "]");
                break;
            case Mapping mapping:
                WriteEntries(output, mapping.Entries);
                break;
            case Namespace space:
                output.Append("<Namespace ");
                WriteEntries(output, space.Attributes.Select(a => KeyValuePair.Create((object?)a.Key, a.Value)));
                output.Append('>');
                break;
            default:
                output.Append(Short(value));
                break;
        }
    }

    private static void WriteItems(BoundedText output, IReadOnlyList<object?> items)
    {
        for (int i = 0; i < items.Count; i++)
        {
            output.Append(i > 0 ? ", " : "");
            WriteRepr(output, items[i]);
        }
    }

    private static void WriteEntries(BoundedText output, IEnumerable<KeyValuePair<object?, object?>> entries)
    {
        string separator = "{";
        foreach (var (key, value) in entries)
        {
            output.Append(separator);
            WriteRepr(output, key);
            output.Append(": ");
            WriteRepr(output, value);
            separator = ", ";
        }

        output.Append(separator == "{" ? "{}" : "}");
    }
}
