using System.Buffers;
using AwqIlgpu.Tokenization.Normalizers;

namespace AwqIlgpu.Tokenization.Unicode;

/// <summary>NFC, NFD, NFKC and NFKD. Source: Unicode Standard Annex 15.</summary>
internal sealed class UnicodeNormalizer(bool compatibility, bool compose) : Normalizer
{
    // Before any other character a text can be cut, and runs of others stay as they are.
    private readonly SearchValues<char> _changing = SearchValues.Create([.. UnicodeDecompositions.Changing(compatibility, compose)]);

    public override AlignedText Apply(AlignedText text)
    {
        ReadOnlySpan<char> units = text.Text;
        int next = units.IndexOfAny(_changing);
        if (next < 0)
        {
            return text;
        }

        var builder = new AlignedTextBuilder(text);
        var run = new CanonicalRun(compatibility, compose);
        int copied = 0;
        while (next >= 0)
        {
            // The run starts one unit earlier: that one may be the base of the first mark.
            int changing = copied + next;
            int start = Math.Max(copied, changing - 1);
            int length = units[changing..].IndexOfAnyExcept(_changing);
            int end = length < 0 ? units.Length : changing + length;
            builder.Copy(copied, start - copied);
            run.Normalize(text, start, end, builder);
            copied = end;
            next = units[copied..].IndexOfAny(_changing);
        }

        builder.Copy(copied, units.Length - copied);
        return builder.Build();
    }
}
