using System.Text;

namespace AwqIlgpu.Tokenization.Normalizers;

/// <summary>Makes every character lower case.</summary>
internal sealed class LowercaseNormalizer : Normalizer
{
    // The only character whose lower case is two: i and a dot above.
    private const int CapitalIWithDot = 0x130;

    public override AlignedText Apply(AlignedText text)
    {
        var builder = new AlignedTextBuilder(text);
        Span<char> lower = stackalloc char[2];
        for (int i = 0; i < text.Length;)
        {
            int codePoint = CodePoints.At(text.Text, i);
            int units = CodePoints.Length(codePoint);
            if (codePoint == CapitalIWithDot)
            {
                builder.Add("i\u0307", i, units);
            }
            else
            {
                int count = Rune.ToLowerInvariant(new Rune(codePoint)).EncodeToUtf16(lower);
                builder.Add(lower[..count], i, units);
            }

            i += units;
        }

        return builder.Build();
    }
}
