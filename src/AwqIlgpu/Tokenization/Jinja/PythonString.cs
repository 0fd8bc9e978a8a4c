using System.Text;

namespace AwqIlgpu.Tokenization.Jinja;

internal enum Alignment
{
    Left,
    Right,
    Center,
}

/// <summary>Strings as Python sees them: sequences of code points, where .NET counts UTF-16 units.</summary>
internal static class PythonString
{
    /// <summary>Whether <c>str.isspace</c> holds; it also counts the four separators U+001C to U+001F.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1C' and <= '\x1F';

    public static bool IsLower(string text) => text.Any(char.IsLower) && !text.Any(char.IsUpper);

    public static bool IsUpper(string text) => text.Any(char.IsUpper) && !text.Any(char.IsLower);

    public static int Length(string text)
    {
        int pairs = 0;
        for (int i = 1; i < text.Length; i++)
        {
            pairs += char.IsSurrogatePair(text[i - 1], text[i]) ? 1 : 0;
        }

        return text.Length - pairs;
    }

    /// <summary>The code points, each as a string.</summary>
    public static List<object?> Characters(Rendering rendering, string text)
    {
        rendering.Steps(text.Length);
        var characters = new List<object?>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            int size = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]) ? 2 : 1;
            characters.Add(text.Substring(i, size));
            i += size - 1;
        }

        return characters;
    }

    /// <summary>The code point position of UTF-16 position <paramref name="at"/>; -1 stays -1.</summary>
    public static long Position(string text, int at) => at < 0 ? -1 : Length(text[..at]);

    /// <summary>Length without trailing whitespace.</summary>
    public static int TrimmedEnd(ReadOnlySpan<char> text)
    {
        int length = text.Length;
        while (length > 0 && IsSpace(text[length - 1]))
        {
            length--;
        }

        return length;
    }

    /// <summary><c>strip</c>, <c>lstrip</c> and <c>rstrip</c>: whitespace, or any of the characters of <paramref name="set"/>.</summary>
    public static string Strip(string text, string? set, bool left, bool right)
    {
        int start = 0;
        int end = text.Length;
        while (left && start < end && Matches(start, forward: true, out int size))
        {
            start += size;
        }

        while (right && start < end && Matches(end - 1, forward: false, out int size))
        {
            end -= size;
        }

        return text[start..end];

        bool Matches(int at, bool forward, out int size)
        {
            int other = forward ? at + 1 : at - 1;
            bool isPair = other >= start && other < end && char.IsSurrogatePair(text[Math.Min(at, other)], text[Math.Max(at, other)]);
            size = isPair ? 2 : 1;
            return set is null ? IsSpace(text[at]) : set.AsSpan().IndexOf(text.AsSpan(Math.Min(at, isPair ? other : at), size)) >= 0;
        }
    }

    /// <summary><c>split</c> and <c>rsplit</c> at runs of whitespace.</summary>
    public static List<object?> SplitAtSpace(string text, long most, bool fromRight)
    {
        var parts = new List<object?>();
        int start = 0;
        int end = text.Length;
        while (true)
        {
            if (fromRight)
            {
                end = TrimmedEnd(text.AsSpan(0, end));
            }
            else
            {
                while (start < end && IsSpace(text[start]))
                {
                    start++;
                }
            }

            if (start >= end)
            {
                break;
            }

            if (parts.Count == most)
            {
                parts.Add(text[start..end]);
                break;
            }

            int cut = fromRight ? end : start;
            if (fromRight)
            {
                while (cut > start && !IsSpace(text[cut - 1]))
                {
                    cut--;
                }

                parts.Add(text[cut..end]);
                end = cut;
            }
            else
            {
                while (cut < end && !IsSpace(text[cut]))
                {
                    cut++;
                }

                parts.Add(text[start..cut]);
                start = cut;
            }
        }

        if (fromRight)
        {
            parts.Reverse();
        }

        return parts;
    }

    /// <summary><c>split</c> and <c>rsplit</c> at a separator, at most <paramref name="most"/> times; -1 is everywhere.</summary>
    public static List<object?> Split(string text, string separator, long most, bool fromRight)
    {
        var parts = new List<object?>();
        int start = 0;
        int end = text.Length;
        while (parts.Count != most)
        {
            int found = fromRight
                ? text.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal)
                : text.IndexOf(separator, start, StringComparison.Ordinal);
            if (found < 0)
            {
                break;
            }

            parts.Add(fromRight ? text[(found + separator.Length)..end] : text[start..found]);
            (start, end) = fromRight ? (start, found) : (found + separator.Length, end);
        }

        parts.Add(text[start..end]);
        if (fromRight)
        {
            parts.Reverse();
        }

        return parts;
    }

    /// <summary><c>replace</c>, at most <paramref name="most"/> times; -1 is everywhere. The empty string is found before each character and at the end.</summary>
    public static string Replace(Rendering rendering, string text, string old, string with, long most)
    {
        rendering.Search(text, old);
        var output = new BoundedText(rendering);
        int at = 0;
        for (long count = 0; count != most; count++)
        {
            int found = old.Length > 0 || count == 0 ? text.IndexOf(old, at, StringComparison.Ordinal) : at < text.Length ? at + RuneSize(text, at) : -1;
            if (found < 0)
            {
                break;
            }

            output.Append(text[at..found]).Append(with);
            at = found + old.Length;
        }

        return output.Append(text[at..]).ToString();
    }

    /// <summary><c>ljust</c>, <c>rjust</c> and <c>center</c>: filled to <paramref name="width"/> characters.</summary>
    public static string Pad(Rendering rendering, string text, int width, char fill, Alignment alignment)
    {
        int missing = Math.Max(0, width - Length(text));
        int left = alignment switch
        {
            Alignment.Left => 0,
            Alignment.Right => missing,
            _ => (missing / 2) + (missing & width & 1), // Python's way to share an odd number
        };
        return new BoundedText(rendering).Append(fill, left).Append(text).Append(fill, missing - left).ToString();
    }

    /// <summary>First character upper case, the rest lower.</summary>
    public static string Capitalize(string text)
    {
        int size = text.Length == 0 ? 0 : RuneSize(text, 0);
        return text[..size].ToUpperInvariant() + text[size..].ToLowerInvariant();
    }

    /// <summary>Upper case where <paramref name="startsWord"/> holds for the character before, lower case elsewhere.</summary>
    public static string Title(string text, Func<char, bool> startsWord)
    {
        var output = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            bool starts = i == 0 || startsWord(text[i - 1]);
            output.Append(starts ? char.ToUpperInvariant(text[i]) : char.ToLowerInvariant(text[i]));
        }

        return output.ToString();
    }

    /// <summary>Ends lines as <c>splitlines</c> does.</summary>
    public static List<object?> Lines(string text, bool keepEnds)
    {
        var lines = new List<object?>();
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is '\n' or '\r' or '\v' or '\f' or '\x1C' or '\x1D' or '\x1E' or '\x85' or '\u2028' or '\u2029')
            {
                int next = text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? i + 2 : i + 1;
                lines.Add(text[start..(keepEnds ? next : i)]);
                start = next;
                i = next - 1;
            }
        }

        if (start < text.Length)
        {
            lines.Add(text[start..]);
        }

        return lines;
    }

    private static int RuneSize(string text, int at) => at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
}
