using System.Globalization;
using System.Text;

namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>Python's two ways to fill values into a text: <c>'%s' % value</c> and <c>'{}'.format(value)</c>, with width, fill and precision.</summary>
internal static class TextFormatting
{
    private const int MaxDigits = 300;

    /// <summary><c>format % operands</c>: a tuple's elements in order, a dictionary's by name, or one value.</summary>
    public static string Percent(Rendering rendering, string format, object? operands)
    {
        var output = new BoundedText(rendering);
        var items = operands is Sequence { Kind: SequenceKind.Tuple } tuple ? tuple.Items : [operands];
        int used = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                output.Append(format[i]);
                continue;
            }

            i++;
            object? value = Arguments.Missing;
            if (i < format.Length && format[i] == '(')
            {
                int close = format.IndexOf(')', i);
                string name = close < 0 ? throw new TemplateError("incomplete format key") : format[(i + 1)..close];
                value = operands is not Mapping mapping ? throw new TemplateError("format requires a mapping")
                    : mapping.TryGet(name, out object? named) ? named : throw new TemplateError($"KeyError: {PythonText.Repr(name)}");
                i = close + 1;
            }

            int flags = i;
            i += format.AsSpan(i).IndexOfAnyExcept("-+ #0") is var n and >= 0 ? n : throw Incomplete();
            string flag = format[flags..i];
            int width = Number(format, ref i) ?? 0;
            int? precision = i < format.Length && format[i] == '.' && ++i > 0 ? Number(format, ref i) ?? 0 : null;
            char type = i < format.Length ? format[i] : throw Incomplete();
            if (type == '%')
            {
                output.Append('%');
                continue;
            }

            if (ReferenceEquals(value, Arguments.Missing))
            {
                value = used < items.Count ? items[used++] : throw new TemplateError("not enough arguments for format string");
            }

            string text = Convert(rendering, value, type, precision, flag.Contains('+', StringComparison.Ordinal));
            char fill = flag.Contains('0', StringComparison.Ordinal) && type is not ('s' or 'r') ? '0' : ' ';
            output.Append(Pad(rendering, text, width, fill, flag.Contains('-', StringComparison.Ordinal) ? Alignment.Left : Alignment.Right));
        }

        return used == 0 && operands is Mapping || used == items.Count ? output.ToString() : throw new TemplateError("not all arguments converted during string formatting");

        static TemplateError Incomplete() => new("incomplete format");
    }

    /// <summary><c>format.format(...)</c>, fields by position or name, without attributes of fields.</summary>
    public static string Format(string format, Arguments arguments)
    {
        var output = new BoundedText(arguments.Rendering);
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            char c = format[i];
            if (c is not ('{' or '}'))
            {
                output.Append(c);
                continue;
            }

            if (i + 1 < format.Length && format[i + 1] == c)
            {
                output.Append(c);
                i++;
                continue;
            }

            int close = c == '{' ? format.IndexOf('}', i) : -1;
            if (close < 0)
            {
                throw new TemplateError($"Single '{c}' encountered in format string");
            }

            string field = format[(i + 1)..close];
            int colon = field.IndexOf(':', StringComparison.Ordinal);
            string name = colon < 0 ? field : field[..colon];
            output.Append(Specified(arguments.Rendering, Field(arguments, name.Length == 0 ? (next++).ToString() : name), colon < 0 ? "" : field[(colon + 1)..]));
            i = close;
        }

        return output.ToString();
    }

    private static object? Field(Arguments arguments, string name)
    {
        if (int.TryParse(name, NumberStyles.None, null, out int index))
        {
            return index < arguments.Count ? arguments[index] : throw new TemplateError($"Replacement index {index} out of range for positional args tuple");
        }

        return arguments.TryGetNamed(name, out object? value) ? value : throw new TemplateError($"KeyError: {PythonText.Repr(name)}");
    }

    /// <summary>A value as a format specification asks: fill, alignment, sign, zero, width, precision, type.</summary>
    private static string Specified(Rendering rendering, object? value, string specification)
    {
        int at = 0;
        char fill = ' ';
        Alignment? alignment = null;
        if (specification.Length > 1 && ToAlignment(specification[1]) is { } filled)
        {
            (fill, alignment, at) = (specification[0], filled, 2);
        }
        else if (specification.Length > 0 && ToAlignment(specification[0]) is { } plain)
        {
            (alignment, at) = (plain, 1);
        }

        bool plus = at < specification.Length && specification[at] == '+';
        at += plus ? 1 : 0;
        if (at < specification.Length && specification[at] == '0')
        {
            (fill, alignment) = ('0', alignment ?? Alignment.Right);
        }

        int width = Number(specification, ref at) ?? 0;
        int? precision = at < specification.Length && specification[at] == '.' && ++at > 0 ? Number(specification, ref at) : null;
        bool isNumber = PythonArithmetic.TryNumber(value, out _);
        char type = at < specification.Length ? specification[at++] : isNumber && precision is not null ? 'g' : 's';
        if (at < specification.Length || type == 'g')
        {
            throw new TemplateError($"the format specification {PythonText.Repr(specification)} is not supported");
        }

        return Pad(rendering, Convert(rendering, value, type, precision, plus), width, fill, alignment ?? (isNumber ? Alignment.Right : Alignment.Left));
    }

    private static Alignment? ToAlignment(char c) => c switch { '<' => Alignment.Left, '>' => Alignment.Right, '^' => Alignment.Center, _ => null };

    private static string Pad(Rendering rendering, string text, int width, char fill, Alignment alignment)
    {
        if (fill == '0' && text is ['+' or '-', ..])
        {
            return text[0] + PythonString.Pad(rendering, text[1..], width - 1, fill, alignment);
        }

        if (alignment == Alignment.Center)
        {
            // Unlike str.center, a format has an odd space always on the right.
            int length = PythonString.Length(text);
            (text, alignment) = (PythonString.Pad(rendering, text, length + ((width - length) / 2), fill, Alignment.Right), Alignment.Left);
        }

        return PythonString.Pad(rendering, text, width, fill, alignment);
    }

    private static string Convert(Rendering rendering, object? value, char type, int? precision, bool plus)
    {
        string text;
        switch (type)
        {
            case 's' or 'r':
                text = type == 's' ? PythonText.Str(rendering, value) : PythonText.Repr(rendering, value);
                return precision is { } most ? string.Concat(PythonString.Characters(rendering, text).Take(most)) : text;
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                long integer = PythonArithmetic.TryInteger(value, out long i) ? i
                    : value is double d && Math.Abs(d) < long.MaxValue ? (long)d
                    : throw new TemplateError($"%{type} format: a number is required, not {PythonValue.TypeName(value)}");
                ulong magnitude = integer < 0 ? (ulong)-(integer + 1) + 1 : (ulong)integer;
                string digits = type switch { 'x' => magnitude.ToString("x"), 'X' => magnitude.ToString("X"), 'o' => Octal(magnitude), _ => magnitude.ToString() };
                text = (integer < 0 ? "-" : "") + digits;
                break;
            case 'f' or 'F' or 'e' or 'E' or '%':
                double number = PythonArithmetic.TryNumber(value, out double x) ? x : throw new TemplateError($"must be real number, not {PythonValue.TypeName(value)}");
                int decimals = Math.Min(precision ?? 6, MaxDigits);
                text = !double.IsFinite(number) ? PythonText.Float(number)
                    : type is 'f' or 'F' ? number.ToString("F" + decimals)
                    : type == '%' ? (number * 100).ToString("F" + decimals) + "%"
                    : number.ToString((decimals == 0 ? "0" : "0." + new string('0', decimals)) + type + "+00");
                break;
            default:
                throw new TemplateError($"unsupported format character '{type}'");
        }

        return plus && !text.StartsWith('-') ? "+" + text : text;
    }

    private static string Octal(ulong value)
    {
        var digits = new StringBuilder();
        do
        {
            digits.Insert(0, (char)('0' + (value & 7)));
            value >>= 3;
        }
        while (value > 0);
        return digits.ToString();
    }

    private static int? Number(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return at == start ? null : int.TryParse(text.AsSpan(start, at - start), out int number) ? number : throw new TemplateError("Too many decimal digits in format string");
    }
}
