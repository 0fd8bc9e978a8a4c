using System.Globalization;
using System.Text;

namespace AwqIlgpu.Tokenization;

/// <summary>Writes a regular expression of Oniguruma's Ruby syntax, which tokenizer.json uses, as one for .NET.</summary>
/// <remarks>
/// What differs and occurs in tokenizers is translated: possessive quantifiers, <c>\w</c>, <c>\h</c>, <c>\x{...}</c>, <c>(?m:</c>,
/// the long s where case is ignored. What differs and is not translated is refused, never matched another way.
/// Source: Oniguruma, doc/RE. To be compiled with <see cref="System.Text.RegularExpressions.RegexOptions.Multiline"/>.
/// </remarks>
internal sealed class OnigurumaPattern
{
    private const string WordClass = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u24B6-\u24E9";
    private const string GeneralCategories = " L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No Z Zs Zl Zp C Cc Cf Cs Co Cn P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So ";

    private readonly string _pattern;
    private readonly StringBuilder _output = new();

    // For each open group: where it starts in the output, and whether case was ignored before it.
    private readonly Stack<(int Start, bool IgnoreCase)> _groups = new();
    private bool _ignoreCase;

    // Where the item starts that a quantifier would repeat, or -1.
    private int _item = -1;
    private int _position;

    private OnigurumaPattern(string pattern) => _pattern = pattern;

    /// <exception cref="NotSupportedException">The pattern uses what has no counterpart here.</exception>
    /// <exception cref="ArgumentException">The pattern is broken; what this does not notice .NET's parser does.</exception>
    public static string Translate(string pattern) => new OnigurumaPattern(pattern).Translate();

    private string Translate()
    {
        while (_position < _pattern.Length)
        {
            char c = _pattern[_position];
            switch (c)
            {
                case '\\':
                    _item = _output.Length;
                    Escape(inClass: false);
                    break;
                case '[':
                    _item = _output.Length;
                    Class();
                    break;
                case '(':
                    OpenGroup();
                    break;
                case ')':
                    if (_groups.Count == 0)
                    {
                        throw new ArgumentException("a closing parenthesis without an opening one.");
                    }

                    (_item, _ignoreCase) = _groups.Pop();
                    Copy(1);
                    break;
                case '*' or '+' or '?':
                    Quantifier(1, possessiveAllowed: true);
                    break;
                case '{' when IntervalLength() is var length and > 0:
                    Quantifier(length, possessiveAllowed: false);
                    break;
                case '|' or '^':
                    _item = -1;
                    Copy(1);
                    break;
                default:
                    Literal(c);
                    break;
            }
        }

        return _output.ToString();
    }

    private void Literal(char c)
    {
        if (char.IsSurrogate(c))
        {
            throw AboveBasicPlane();
        }

        _item = _output.Length;
        if (_ignoreCase && c is 's' or 'S')
        {
            _output.Append(@"[sS\u017F]");
            _position++;
        }
        else
        {
            Copy(1);
        }
    }

    private void OpenGroup()
    {
        _groups.Push((_output.Length, _ignoreCase));
        _item = -1;
        if (_position + 1 >= _pattern.Length || _pattern[_position + 1] != '?')
        {
            Copy(1);
            return;
        }

        if (_position + 2 >= _pattern.Length)
        {
            throw new ArgumentException("a group that ends early.");
        }

        char kind = _pattern[_position + 2];
        if (kind is ':' or '=' or '!' or '>' or '<')
        {
            Copy(kind == '<' && _position + 3 < _pattern.Length && _pattern[_position + 3] is '=' or '!' ? 4 : 3);
            return;
        }

        int end = _position + 2;
        bool value = true;
        var options = new StringBuilder();
        for (; end < _pattern.Length && _pattern[end] is not (':' or ')'); end++)
        {
            char option = _pattern[end];
            switch (option)
            {
                case '-':
                    value = false;
                    options.Append('-');
                    break;
                case 'i':
                    _ignoreCase = value;
                    options.Append('i');
                    break;
                case 'm':
                    // Ruby's m lets a dot match a newline, which .NET calls s.
                    options.Append('s');
                    break;
                default:
                    throw new NotSupportedException($"the group option \"{option}\" is not supported.");
            }
        }

        if (end >= _pattern.Length)
        {
            throw new ArgumentException("a group that ends early.");
        }

        _output.Append("(?").Append(options).Append(_pattern[end]);
        if (_pattern[end] == ')')
        {
            // Options for the rest of the enclosing group.
            _groups.Pop();
        }

        _position = end + 1;
    }

    private void Quantifier(int length, bool possessiveAllowed)
    {
        if (_item < 0)
        {
            throw new ArgumentException($"a quantifier at {_position} that repeats nothing.");
        }

        string quantifier = _pattern.Substring(_position, length);
        _output.Append(quantifier.StartsWith("{,", StringComparison.Ordinal) ? "{0" + quantifier[1..] : quantifier);
        _position += length;
        char next = _position < _pattern.Length ? _pattern[_position] : '\0';
        if (next == '?')
        {
            Copy(1);
        }
        else if (next == '+' && possessiveAllowed)
        {
            _output.Insert(_item, "(?>").Append(')');
            _position++;
        }

        // A quantifier on a quantifier is legal in Ruby's syntax and an error in .NET's without a group.
        if (_position < _pattern.Length && (_pattern[_position] is '*' or '+' or '?' || (_pattern[_position] == '{' && IntervalLength() > 0)))
        {
            _output.Insert(_item, "(?:").Append(')');
        }
    }

    /// <summary>Length of <c>{n}</c>, <c>{n,}</c>, <c>{n,m}</c> or <c>{,m}</c> at the position, or 0.</summary>
    private int IntervalLength()
    {
        int end = _pattern.IndexOf('}', _position);
        if (end < 0)
        {
            return 0;
        }

        string[] bounds = _pattern[(_position + 1)..end].Split(',');
        bool legal = bounds.Length <= 2 && bounds.All(bound => bound.All(char.IsAsciiDigit)) && bounds.Any(bound => bound.Length > 0);
        return legal ? end + 1 - _position : 0;
    }

    private void Class()
    {
        Copy(1);
        if (_position < _pattern.Length && _pattern[_position] == '^')
        {
            Copy(1);
        }

        bool first = true;
        bool hasS = false;
        for (; ; first = false)
        {
            if (_position >= _pattern.Length)
            {
                throw new ArgumentException("a character class that is not closed.");
            }

            char c = _pattern[_position];
            if (c == ']' && !first)
            {
                break;
            }

            if (c == '[' || (c == '&' && _pattern.AsSpan(_position).StartsWith("&&")))
            {
                throw new NotSupportedException("a character class within a character class is not supported.");
            }

            if (char.IsSurrogate(c))
            {
                throw AboveBasicPlane();
            }

            if (c == '\\')
            {
                Escape(inClass: true);
                continue;
            }

            bool range = _position + 2 < _pattern.Length && _pattern[_position + 1] == '-' && _pattern[_position + 2] != ']';
            hasS |= c is 's' or 'S' || (range && ((c < 'S' && _pattern[_position + 2] > 'S') || (c < 's' && _pattern[_position + 2] > 's')));
            Copy(1);
        }

        if (_ignoreCase && hasS)
        {
            _output.Append(@"\u017F");
        }

        Copy(1);
    }

    private void Escape(bool inClass)
    {
        if (_position + 1 >= _pattern.Length)
        {
            throw new ArgumentException("a backslash at the end.");
        }

        char c = _pattern[_position + 1];
        switch (c)
        {
            case 'w':
                _output.Append(inClass ? WordClass : $"[{WordClass}]");
                _position += 2;
                break;
            case 'W' when !inClass:
                _output.Append($"[^{WordClass}]");
                _position += 2;
                break;
            case 'h':
                _output.Append(inClass ? "0-9a-fA-F" : "[0-9a-fA-F]");
                _position += 2;
                break;
            case 'p' or 'P':
                Property(c == 'P');
                break;
            case 'x' when _position + 2 < _pattern.Length && _pattern[_position + 2] == '{':
                Hexadecimal();
                break;
            case 'r' or 'n' or 't' or 'f' or 'v' or 'a' or 'e' or 's' or 'S' or 'd' or 'D' or 'b' or 'B' or 'A' or 'z' or 'Z' or 'G' or 'x' or 'u':
                Copy(2);
                break;
            default:
                if (char.IsAsciiLetter(c) || char.IsSurrogate(c))
                {
                    throw new NotSupportedException($"the escape \\{c} is not supported.");
                }

                Copy(2);
                break;
        }
    }

    private void Property(bool negated)
    {
        int end = _pattern.IndexOf('}', _position);
        if (_position + 2 >= _pattern.Length || _pattern[_position + 2] != '{' || end < 0)
        {
            throw new ArgumentException("\\p without a name in braces.");
        }

        string name = _pattern[(_position + 3)..end];
        negated ^= name.StartsWith('^');
        name = name.TrimStart('^');
        if (name.Length == 0 || !GeneralCategories.Contains($" {name} ", StringComparison.Ordinal))
        {
            throw new NotSupportedException($"the property \\p{{{name}}} is not supported; only general categories such as L or Nd are.");
        }

        _output.Append(negated ? @"\P{" : @"\p{").Append(name).Append('}');
        _position = end + 1;
    }

    private void Hexadecimal()
    {
        int end = _pattern.IndexOf('}', _position);
        if (end < 0 || !int.TryParse(_pattern.AsSpan((_position + 3)..end), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int codePoint))
        {
            throw new ArgumentException("\\x{ without a hexadecimal number and a brace.");
        }

        if (codePoint is < 0 or > char.MaxValue)
        {
            throw AboveBasicPlane();
        }

        _output.Append($"\\u{codePoint:X4}");
        _position = end + 1;
    }

    private void Copy(int length)
    {
        _output.Append(_pattern, _position, length);
        _position += length;
    }

    private static NotSupportedException AboveBasicPlane() => new("a character above U+FFFF in a pattern is not supported.");
}
