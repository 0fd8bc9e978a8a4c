using System.Globalization;

namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>Filters that give numbers.</summary>
internal static class NumberFilters
{
    public static Builtin[] All { get; } =
    [
        new("abs", "", (value, _) => value switch
        {
            double d => Math.Abs(d),
            _ when PythonArithmetic.TryInteger(value, out long i) => i < 0 ? PythonArithmetic.Negate(i) : i,
            Undefined undefined => throw undefined.Error(),
            _ => throw new TemplateError($"bad operand type for abs(): {PythonValue.Quoted(value)}"),
        }),
        new("float", "default=", (value, a) => value is Undefined undefined ? throw undefined.Error() : TryFloat(value, out double d) ? d : a.Get(0, 0.0)),
        new("int", "default= base=", (value, a) => value is Undefined undefined ? throw undefined.Error() : TryInteger(value, a.Integer(1, 10), out long i) ? i : a.Get(0, 0L)),
        new("round", "precision= method=", Round),
    ];

    private static bool TryFloat(object? value, out double number)
    {
        if (value is not string text)
        {
            return PythonArithmetic.TryNumber(value, out number);
        }

        string trimmed = PythonString.Strip(text, null, left: true, right: true);
        if (double.TryParse(trimmed, NumberStyles.Float, null, out number))
        {
            return true;
        }

        double? special = trimmed.TrimStart('+', '-').ToLowerInvariant() switch { "inf" or "infinity" => double.PositiveInfinity, "nan" => double.NaN, _ => null };
        number = trimmed.StartsWith('-') ? -(special ?? 0) : special ?? 0;
        return special is not null;
    }

    private static bool TryInteger(object? value, int radix, out long integer)
    {
        if (value is string text && TryParse(PythonString.Strip(text, null, left: true, right: true), radix, out integer))
        {
            return true;
        }

        if (PythonArithmetic.TryInteger(value, out integer))
        {
            return true;
        }

        bool isNumber = TryFloat(value, out double number) && Math.Abs(number) < long.MaxValue;
        integer = isNumber ? (long)number : 0;
        return isNumber;
    }

    private static bool TryParse(string text, int radix, out long integer)
    {
        bool negative = text.StartsWith('-');
        string digits = text.StartsWith('-') || text.StartsWith('+') ? text[1..] : text;
        string prefix = radix switch { 16 => "0x", 8 => "0o", 2 => "0b", _ => "" };
        digits = prefix.Length > 0 && digits.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? digits[2..] : digits;
        integer = 0;
        foreach (char c in digits)
        {
            int digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? (c | 0x20) - 'a' + 10 : int.MaxValue;
            if (digit >= radix || integer > (long.MaxValue - digit) / radix)
            {
                return false;
            }

            integer = (integer * radix) + digit;
        }

        integer = negative ? -integer : integer;
        return digits.Length > 0;
    }

    private static object? Round(object? value, Arguments arguments)
    {
        int precision = arguments.Integer(0, 0);
        string method = arguments.TextOrNull(1) ?? "common";
        if (value is Undefined undefined)
        {
            throw undefined.Error();
        }

        if (!PythonArithmetic.TryNumber(value, out double number))
        {
            throw new TemplateError($"type {PythonValue.TypeName(value)} doesn't define __round__ method");
        }

        double scale = Math.Pow(10, precision);
        return method switch
        {
            "common" when value is not double && precision >= 0 => value is true ? 1L : value is false ? 0L : value,
            "common" when precision <= 0 || !double.IsFinite(number) => Math.Round(number * scale, MidpointRounding.ToEven) / scale,
            // Formatting rounds the exact value, as Python does; scaling first would round twice.
            "common" => double.Parse(number.ToString("F" + Math.Min(precision, 300))),
            "ceil" => Math.Ceiling(number * scale) / scale,
            "floor" => Math.Floor(number * scale) / scale,
            _ => throw new TemplateError("method must be common, ceil or floor"),
        };
    }
}
