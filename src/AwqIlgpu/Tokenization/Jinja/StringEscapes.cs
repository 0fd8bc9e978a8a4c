using System.Globalization;
using System.Text;

namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>Python's escapes in string literals; an unknown escape keeps its backslash.</summary>
internal static class StringEscapes
{
    public static string Decode(string raw, int line)
    {
        var text = new StringBuilder(raw.Length);
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\')
            {
                text.Append(raw[i]);
                continue;
            }

            char c = raw[++i]; // The lexer ends no string on a backslash.
            switch (c)
            {
                case '\n': break;
                case '\\' or '\'' or '"': text.Append(c); break;
                case 'a': text.Append('\a'); break;
                case 'b': text.Append('\b'); break;
                case 'f': text.Append('\f'); break;
                case 'n': text.Append('\n'); break;
                case 'r': text.Append('\r'); break;
                case 't': text.Append('\t'); break;
                case 'v': text.Append('\v'); break;
                case 'x': i = AppendHex(text, raw, i, 2, line); break;
                case 'u': i = AppendHex(text, raw, i, 4, line); break;
                case 'U': i = AppendHex(text, raw, i, 8, line); break;
                case >= '0' and <= '7': i = AppendOctal(text, raw, i); break;
                default: text.Append('\\').Append(c); break;
            }
        }

        return text.ToString();
    }

    private static int AppendHex(StringBuilder text, string raw, int at, int digits, int line)
    {
        if (at + digits >= raw.Length || !uint.TryParse(raw.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, null, out uint value) || value > 0x10FFFF)
        {
            throw new TemplateError($"truncated or illegal \\{raw[at]} escape; expected {digits} hexadecimal digits of a Unicode character", line);
        }

        if (Rune.IsValid(value))
        {
            text.Append(new Rune(value).ToString());
        }
        else
        {
            text.Append((char)value); // half of a surrogate pair, whose other half may follow
        }

        return at + digits;
    }

    private static int AppendOctal(StringBuilder text, string raw, int at)
    {
        int value = 0;
        int end = Math.Min(at + 3, raw.Length);
        while (at < end && raw[at] is >= '0' and <= '7')
        {
            value = (value * 8) + (raw[at++] - '0');
        }

        text.Append((char)value);
        return at - 1;
    }
}
