using System.Text;

namespace AwqIlgpu.Tokenization;

/// <summary>The one printable character that byte-level BPE writes for each byte.</summary>
/// <remarks>Printable Latin-1 bytes stand for themselves, the other 68 are U+0100 and up in order. Source: GPT-2, <c>bytes_to_unicode</c>.</remarks>
internal static class ByteAlphabet
{
    private const int Others = 68;

    private static readonly char[] s_characters = Characters();
    private static readonly short[] s_bytes = Bytes();

    public static char Character(byte value) => s_characters[value];

    /// <summary>The byte of a character, or -1 for one outside the alphabet.</summary>
    public static int Byte(char character) => character < s_bytes.Length ? s_bytes[character] : -1;

    /// <summary>Writes one character per UTF-8 byte of <paramref name="text"/>; <paramref name="mapped"/> needs three characters per unit.</summary>
    /// <returns>How many were written.</returns>
    public static int Map(ReadOnlySpan<char> text, Span<char> mapped)
    {
        int count = 0;
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] < 0x80)
            {
                mapped[count++] = s_characters[text[i]];
                continue;
            }

            Rune.DecodeFromUtf16(text[i..], out var rune, out int units);
            int bytes = rune.EncodeToUtf8(utf8);
            for (int b = 0; b < bytes; b++)
            {
                mapped[count++] = s_characters[utf8[b]];
            }

            i += units - 1;
        }

        return count;
    }

    /// <summary>The same on a text with origins: every byte of a character has the character's.</summary>
    public static AlignedText Map(AlignedText text, int start, int length)
    {
        var builder = new AlignedTextBuilder(text);
        Span<char> mapped = stackalloc char[6];
        for (int i = start; i < start + length;)
        {
            int units = CodePoints.Length(CodePoints.At(text.Text, i));
            int count = Map(text.Text.AsSpan(i, units), mapped);
            builder.Add(mapped[..count], i, units);
            i += units;
        }

        return builder.Build();
    }

    private static char[] Characters()
    {
        var characters = new char[256];
        int others = 0;
        for (int b = 0; b < 256; b++)
        {
            bool printable = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            characters[b] = printable ? (char)b : (char)(0x100 + others++);
        }

        return characters;
    }

    private static short[] Bytes()
    {
        var bytes = new short[0x100 + Others];
        bytes.AsSpan().Fill(-1);
        for (int b = 0; b < 256; b++)
        {
            bytes[s_characters[b]] = (short)b;
        }

        return bytes;
    }
}
