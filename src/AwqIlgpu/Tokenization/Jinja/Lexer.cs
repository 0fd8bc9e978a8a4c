namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>Cuts a template into tokens, with trim_blocks and lstrip_blocks on and one trailing newline cut, as chat templates are read.</summary>
internal sealed class Lexer
{
    private static readonly string[] s_operators = ["//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _line = 1;
    private int _lineCountedTo;

    private Lexer(string template)
    {
        _source = template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (_source.EndsWith('\n'))
        {
            _source = _source[..^1];
        }
    }

    public static List<Token> Tokenize(string template)
    {
        var lexer = new Lexer(template);
        while (lexer._at < lexer._source.Length)
        {
            lexer.ReadDataAndTag();
        }

        lexer.Add(TokenKind.End, "");
        return lexer._tokens;
    }

    private void ReadDataAndTag()
    {
        int open = FindTag(_at);
        if (open < 0)
        {
            Add(TokenKind.Data, _source[_at..]);
            _at = _source.Length;
            return;
        }

        char kind = _source[open + 1];
        AddDataBefore(open, kind != '{');
        _at = open + 2;
        SkipSign();
        switch (kind)
        {
            case '#':
                SkipComment();
                break;
            case '{':
                Add(TokenKind.VariableBegin, "{{");
                ReadInside('}');
                break;
            case var _ when TrySkipRawBegin():
                ReadRaw();
                break;
            default:
                Add(TokenKind.BlockBegin, "{%");
                ReadInside('%');
                break;
        }
    }

    private int FindTag(int from)
    {
        for (int open = _source.IndexOf('{', from); open >= 0; open = _source.IndexOf('{', open + 1))
        {
            if (open + 1 < _source.Length && _source[open + 1] is '%' or '{' or '#')
            {
                return open;
            }
        }

        return -1;
    }

    /// <summary>The text up to a tag: <c>-</c> strips all whitespace before the tag, <c>+</c> keeps it, nothing strips the tag's own indent.</summary>
    private void AddDataBefore(int open, bool stripIndent)
    {
        var text = _source.AsSpan(_at, open - _at);
        char sign = At(open + 2);
        if (sign == '-')
        {
            text = text[..PythonString.TrimmedEnd(text)];
        }
        else if (sign != '+' && stripIndent)
        {
            int lineStart = text.LastIndexOf('\n') + 1;
            bool atLineStart = lineStart > 0 || _at == 0 || _source[_at - 1] == '\n';
            if (atLineStart && PythonString.TrimmedEnd(text[lineStart..]) == 0)
            {
                text = text[..lineStart];
            }
        }

        if (text.Length > 0)
        {
            Add(TokenKind.Data, text.ToString());
        }
    }

    private void SkipComment()
    {
        int end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
        {
            throw Error("Missing end of comment tag");
        }

        char sign = end > _at ? _source[end - 1] : '\0';
        _at = end + 2;
        SkipAfterTag(sign);
    }

    private bool TrySkipRawBegin()
    {
        int at = SkipWord(_at, "raw");
        if (at < 0)
        {
            return false;
        }

        bool strip = At(at) == '-';
        at += strip ? 1 : 0;
        if (!_source.AsSpan(at).StartsWith("%}", StringComparison.Ordinal))
        {
            return false;
        }

        _at = strip ? SkipSpace(at + 2) : at + 2;
        return true;
    }

    private void ReadRaw()
    {
        for (int open = _source.IndexOf("{%", _at, StringComparison.Ordinal); open >= 0; open = _source.IndexOf("{%", open + 1, StringComparison.Ordinal))
        {
            int end = SkipWord(open + (At(open + 2) is '-' or '+' ? 3 : 2), "endraw");
            if (end < 0)
            {
                continue;
            }

            char sign = At(end);
            end += sign is '-' or '+' ? 1 : 0;
            if (_source.AsSpan(end).StartsWith("%}", StringComparison.Ordinal))
            {
                AddDataBefore(open, stripIndent: true);
                _at = end + 2;
                SkipAfterTag(sign);
                return;
            }
        }

        throw Error("Missing end of raw directive");
    }

    /// <summary>Tokens of an expression or statement, up to and with <c>}}</c> or <c>%}</c>.</summary>
    private void ReadInside(char closing)
    {
        var open = new Stack<char>();
        while (true)
        {
            _at = SkipSpace(_at);
            if (_at >= _source.Length)
            {
                return; // The parser reports the missing end with the tag it belongs to.
            }

            char c = _source[_at];
            int sign = c == '-' || (c == '+' && closing == '%') ? 1 : 0;
            if (open.Count == 0 && At(_at + sign) == closing && At(_at + sign + 1) == '}')
            {
                Add(closing == '%' ? TokenKind.BlockEnd : TokenKind.VariableEnd, "");
                _at += sign + 2;
                if (closing == '%' || sign == 1)
                {
                    SkipAfterTag(sign == 1 ? c : '\0');
                }

                return;
            }

            if (char.IsAsciiDigit(c))
            {
                ReadNumber();
            }
            else if (c == '_' || char.IsLetter(c))
            {
                int start = _at;
                while (At(_at) == '_' || char.IsLetterOrDigit(At(_at)))
                {
                    _at++;
                }

                Add(TokenKind.Name, _source[start.._at]);
            }
            else if (c is '\'' or '"')
            {
                ReadString(c);
            }
            else
            {
                ReadOperator(open);
            }
        }
    }

    private void ReadNumber()
    {
        int start = _at;
        bool afterDot = start > 0 && _source[start - 1] == '.';
        SkipDigits();
        bool isFloat = false;
        if (!afterDot && At(_at) == '.' && char.IsAsciiDigit(At(_at + 1)))
        {
            isFloat = true;
            _at++;
            SkipDigits();
        }

        int signed = At(_at + 1) is '+' or '-' ? 2 : 1;
        if (!afterDot && At(_at) is 'e' or 'E' && char.IsAsciiDigit(At(_at + signed)))
        {
            isFloat = true;
            _at += signed;
            SkipDigits();
        }

        Add(isFloat ? TokenKind.Float : TokenKind.Integer, _source[start.._at].Replace("_", "", StringComparison.Ordinal));
    }

    private void SkipDigits()
    {
        while (char.IsAsciiDigit(At(_at)) || (At(_at) == '_' && char.IsAsciiDigit(At(_at + 1))))
        {
            _at++;
        }
    }

    private void ReadString(char quote)
    {
        int start = ++_at;
        while (At(_at) != quote || _at >= _source.Length)
        {
            _at += At(_at) == '\\' ? 2 : 1;
            if (_at >= _source.Length)
            {
                throw Error($"unexpected char {PythonText.Repr(quote.ToString())}: the string has no end");
            }
        }

        string raw = _source[start.._at];
        Add(TokenKind.String, raw.Contains('\\', StringComparison.Ordinal) ? StringEscapes.Decode(raw, CountLine()) : raw);
        _at++;
    }

    private void ReadOperator(Stack<char> open)
    {
        foreach (string candidate in s_operators)
        {
            if (!_source.AsSpan(_at).StartsWith(candidate, StringComparison.Ordinal))
            {
                continue;
            }

            if (candidate is "(" or "[" or "{")
            {
                open.Push(candidate switch { "(" => ')', "[" => ']', _ => '}' });
            }
            else if (candidate is ")" or "]" or "}" && (!open.TryPop(out char expected) || expected != candidate[0]))
            {
                throw Error(expected == '\0' ? $"unexpected '{candidate}'" : $"unexpected '{candidate}', expected '{expected}'");
            }

            Add(TokenKind.Operator, candidate);
            _at += candidate.Length;
            return;
        }

        throw Error($"unexpected char {PythonText.Repr(_source[_at].ToString())}");
    }

    private void SkipSign()
    {
        if (At(_at) is '-' or '+')
        {
            _at++;
        }
    }

    /// <summary>After a tag's end: <c>-</c> swallows all whitespace, <c>+</c> nothing, no sign one newline.</summary>
    private void SkipAfterTag(char sign)
    {
        if (sign == '-')
        {
            _at = SkipSpace(_at);
        }
        else if (sign != '+' && At(_at) == '\n')
        {
            _at++;
        }
    }

    private int SkipWord(int at, string word)
    {
        at = SkipSpace(at);
        return at < _source.Length && _source.AsSpan(at).StartsWith(word, StringComparison.Ordinal) ? SkipSpace(at + word.Length) : -1;
    }

    private int SkipSpace(int at)
    {
        while (at < _source.Length && PythonString.IsSpace(_source[at]))
        {
            at++;
        }

        return at;
    }

    private char At(int index) => index < _source.Length ? _source[index] : '\0';

    private void Add(TokenKind kind, string text) => _tokens.Add(new Token(kind, text, CountLine()));

    private int CountLine()
    {
        int to = Math.Min(_at, _source.Length);
        if (to > _lineCountedTo)
        {
            _line += _source.AsSpan(_lineCountedTo, to - _lineCountedTo).Count('\n');
            _lineCountedTo = to;
        }

        return _line;
    }

    private TemplateError Error(string message) => new(message, CountLine());
}
