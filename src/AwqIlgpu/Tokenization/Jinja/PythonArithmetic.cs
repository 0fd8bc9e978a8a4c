namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>Python's arithmetic; integers have 64 bits, beyond which is an error.</summary>
internal static class PythonArithmetic
{
    /// <summary>Integers, and booleans as 0 and 1.</summary>
    public static bool TryInteger(object? value, out long integer)
    {
        integer = value switch { long i => i, true => 1, _ => 0 };
        return value is long or bool;
    }

    public static bool TryNumber(object? value, out double number)
    {
        number = value switch { double d => d, long i => i, true => 1, System.Numerics.BigInteger i => (double)i, _ => 0 };
        return value is double or long or bool or System.Numerics.BigInteger;
    }

    public static object? Add(Rendering rendering, object? left, object? right)
    {
        if (left is string a && right is string b)
        {
            rendering.Characters((long)a.Length + b.Length);
            return a + b;
        }

        if (left is Sequence first && right is Sequence second && first.Kind == second.Kind && first.Kind is SequenceKind.List or SequenceKind.Tuple)
        {
            rendering.Steps(first.Items.Count + second.Items.Count);
            return new Sequence(first.Kind, [.. first.Items, .. second.Items]);
        }

        if (left is string or Sequence { Kind: SequenceKind.List or SequenceKind.Tuple } && right is not Undefined)
        {
            string type = PythonValue.TypeName(left);
            throw new TemplateError($"can only concatenate {type} (not \"{PythonValue.TypeName(right)}\") to {type}");
        }

        return Numeric("+", left, right, (x, y) => checked(x + y), (x, y) => x + y);
    }

    public static object? Subtract(Rendering rendering, object? left, object? right) => Numeric("-", left, right, (x, y) => checked(x - y), (x, y) => x - y);

    public static object? Multiply(Rendering rendering, object? left, object? right)
    {
        if (right is string or Sequence && TryInteger(left, out _))
        {
            (left, right) = (right, left);
        }

        if (left is string text && TryInteger(right, out long times))
        {
            times = text.Length == 0 ? 0 : Math.Clamp(times, 0, int.MaxValue);
            rendering.Characters(text.Length * times);
            return string.Concat(Enumerable.Repeat(text, (int)times));
        }

        if (left is Sequence { Kind: SequenceKind.List or SequenceKind.Tuple } list && TryInteger(right, out times))
        {
            times = list.Items.Count == 0 ? 0 : Math.Clamp(times, 0, int.MaxValue);
            rendering.Steps(list.Items.Count * times);
            return new Sequence(list.Kind, [.. Enumerable.Repeat(list.Items, (int)times).SelectMany(i => i)]);
        }

        return Numeric("*", left, right, (x, y) => checked(x * y), (x, y) => x * y);
    }

    public static object? Divide(Rendering rendering, object? left, object? right)
    {
        var (x, y) = Numbers("/", left, right);
        return y == 0 ? throw new TemplateError("division by zero") : x / y;
    }

    public static object? FloorDivide(Rendering rendering, object? left, object? right) => Numeric("//", left, right, FloorDivide, (x, y) => Math.Floor(x / NotZero(y)));

    public static object? Remainder(Rendering rendering, object? left, object? right) => left is string format
        ? TextFormatting.Percent(rendering, format, right)
        : Numeric("%", left, right, (x, y) => y == -1 ? 0 : x - (FloorDivide(x, y) * y), (x, y) => x - (Math.Floor(x / NotZero(y)) * y));

    public static object? Power(Rendering rendering, object? left, object? right) => TryInteger(right, out long exponent) && exponent < 0
        ? Math.Pow(Numbers("** or pow()", left, right).Left, exponent)
        : Numeric("** or pow()", left, right, Power, Math.Pow);

    public static object? Negate(object? value) => value switch
    {
        double d => (object)-d, // without the cast the integers below become double too
        _ when TryInteger(value, out long i) => i == long.MinValue ? throw TooLarge() : -i,
        _ => throw BadUnary("-", value),
    };

    public static object? Plus(object? value) => value switch
    {
        double => value,
        _ when TryInteger(value, out long i) => i,
        _ => throw BadUnary("+", value),
    };

    private static object Numeric(string sign, object? left, object? right, Func<long, long, long> integers, Func<double, double, double> floats)
    {
        if (TryInteger(left, out long a) && TryInteger(right, out long b))
        {
            try
            {
                return integers(a, b);
            }
            catch (OverflowException)
            {
                throw TooLarge();
            }
        }

        var (x, y) = Numbers(sign, left, right);
        return floats(x, y);
    }

    private static (double Left, double Right) Numbers(string sign, object? left, object? right)
    {
        if ((left as Undefined ?? right as Undefined) is { } undefined)
        {
            throw undefined.Error();
        }

        return TryNumber(left, out double x) && TryNumber(right, out double y)
            ? (x, y)
            : throw new TemplateError($"unsupported operand type(s) for {sign}: {PythonValue.Quoted(left)} and {PythonValue.Quoted(right)}");
    }

    private static long FloorDivide(long x, long y)
    {
        if (y == 0)
        {
            throw new TemplateError("integer division or modulo by zero");
        }

        long quotient = checked(x / y);
        return (x % y != 0 && (x < 0) != (y < 0)) ? quotient - 1 : quotient;
    }

    private static double NotZero(double y) => y == 0 ? throw new TemplateError("float floor division by zero") : y;

    private static long Power(long x, long exponent)
    {
        long result = 1;
        while (true)
        {
            if ((exponent & 1) == 1)
            {
                result = checked(result * x);
            }

            exponent >>= 1;
            if (exponent == 0)
            {
                return result;
            }

            x = checked(x * x);
        }
    }

    private static TemplateError TooLarge() => new("integers beyond 64 bits are not supported");

    private static TemplateError BadUnary(string sign, object? value) => value is Undefined undefined
        ? undefined.Error()
        : new TemplateError($"bad operand type for unary {sign}: {PythonValue.Quoted(value)}");
}
