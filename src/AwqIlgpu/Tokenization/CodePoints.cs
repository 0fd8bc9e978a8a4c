using System.Globalization;
using System.Text;

namespace AwqIlgpu.Tokenization;

/// <summary>Unicode properties of code points as the reference's Rust crates define them.</summary>
internal static class CodePoints
{
    /// <summary>The code point at <paramref name="index"/>; <paramref name="text"/> has no lone surrogates.</summary>
    public static int At(ReadOnlySpan<char> text, int index) =>
        char.IsHighSurrogate(text[index]) && index + 1 < text.Length ? char.ConvertToUtf32(text[index], text[index + 1]) : text[index];

    /// <summary>The code point that ends before <paramref name="index"/>.</summary>
    public static int Before(ReadOnlySpan<char> text, int index) =>
        char.IsLowSurrogate(text[index - 1]) && index >= 2 ? char.ConvertToUtf32(text[index - 2], text[index - 1]) : text[index - 1];

    /// <summary>UTF-16 units of a code point.</summary>
    public static int Length(int codePoint) => codePoint > char.MaxValue ? 2 : 1;

    /// <summary>UTF-8 bytes of a code point.</summary>
    public static int Utf8Length(int codePoint) => codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;

    /// <summary>Property White_Space; not U+001C to U+001F, and all of it is in the basic plane.</summary>
    public static bool IsWhiteSpace(int codePoint) => codePoint <= char.MaxValue && char.IsWhiteSpace((char)codePoint);

    /// <summary>Nd, Nl or No.</summary>
    public static bool IsNumeric(int codePoint) =>
        CharUnicodeInfo.GetUnicodeCategory(codePoint) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary>ASCII punctuation, which includes symbols such as $ and +, or any P category.</summary>
    public static bool IsPunctuation(int codePoint) => codePoint < 0x80
        ? codePoint is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~')
        : CharUnicodeInfo.GetUnicodeCategory(codePoint) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;

    /// <summary>Mn, Mc or Me.</summary>
    public static bool IsMark(int codePoint) =>
        CharUnicodeInfo.GetUnicodeCategory(codePoint) is >= UnicodeCategory.NonSpacingMark and <= UnicodeCategory.EnclosingMark;

    /// <summary>What <c>\w</c> matches in the regex crate: alphabetic, mark, decimal number, connector or joiner.</summary>
    public static bool IsWord(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        <= UnicodeCategory.LetterNumber => true, // all letters, marks, Nd and Nl stand first in the enumeration
        UnicodeCategory.ConnectorPunctuation => true,
        _ => codePoint is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
    };

    /// <summary>The text with each lone surrogate made U+FFFD, as its UTF-8 form has it.</summary>
    public static string WithoutLoneSurrogates(string text)
    {
        int first = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        if (first < 0)
        {
            return text;
        }

        StringBuilder? clean = null;
        for (int i = first; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                clean ??= new StringBuilder(text);
                clean[i] = '\uFFFD';
            }
        }

        return clean?.ToString() ?? text;
    }
}
