namespace AwqIlgpu.Tokenization.Normalizers;

/// <summary>Drops every combining mark; composed letters keep theirs unless NFD or NFKD came before.</summary>
internal sealed class StripAccentsNormalizer : Normalizer
{
    public override AlignedText Apply(AlignedText text)
    {
        var builder = new AlignedTextBuilder(text);
        for (int i = 0; i < text.Length;)
        {
            int codePoint = CodePoints.At(text.Text, i);
            int units = CodePoints.Length(codePoint);
            if (!CodePoints.IsMark(codePoint))
            {
                builder.Copy(i, units);
            }

            i += units;
        }

        return builder.Build();
    }
}
