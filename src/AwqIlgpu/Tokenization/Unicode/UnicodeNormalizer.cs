using AwqIlgpu.Tokenization.Normalizers;

namespace AwqIlgpu.Tokenization.Unicode;

/// <summary>NFC, NFD, NFKC and NFKD. Source: Unicode Standard Annex 15.</summary>
internal sealed class UnicodeNormalizer(bool compatibility, bool compose) : Normalizer
{
    // Below it every character is a starter and none composes with what stands before it, so a text can be cut there.
    private const char FirstMark = '\u0300';

    // Below it nothing decomposes; Latin-1 letters do, but stay composed in NFC.
    private readonly char _firstChanging = compose && !compatibility ? FirstMark : '\u00A0';

    public override AlignedText Apply(AlignedText text)
    {
        ReadOnlySpan<char> units = text.Text;
        if (units.IndexOfAnyExceptInRange('\0', (char)(_firstChanging - 1)) < 0)
        {
            return text;
        }

        var builder = new AlignedTextBuilder(text);
        var run = new CanonicalRun(compatibility, compose);
        int copied = 0;
        while (copied < units.Length)
        {
            int changing = units[copied..].IndexOfAnyExceptInRange('\0', (char)(_firstChanging - 1));
            if (changing < 0)
            {
                break;
            }

            // The run starts one unit earlier: that one may be the base of the first mark.
            changing += copied;
            int start = Math.Max(copied, changing - 1);
            int length = units[changing..].IndexOfAnyInRange('\0', (char)(_firstChanging - 1));
            int end = length < 0 ? units.Length : changing + length;
            builder.Copy(copied, start - copied);
            run.Normalize(text, start, end, builder);
            copied = end;
        }

        builder.Copy(copied, units.Length - copied);
        return builder.Build();
    }
}
