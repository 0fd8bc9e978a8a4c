namespace AwqIlgpu.Tokenization.Normalizers;

/// <summary>Puts <paramref name="content"/> in the place of every match of <paramref name="pattern"/>.</summary>
internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : Normalizer
{
    public override AlignedText Apply(AlignedText text)
    {
        if (!text.Tracked && pattern is LiteralPattern literal)
        {
            return new AlignedText(literal.Replace(text.Text, content), false, 0);
        }

        var matches = new List<TextMatch>();
        pattern.FindAll(text.Text, matches);
        if (matches.Count == 0)
        {
            return text;
        }

        var builder = new AlignedTextBuilder(text);
        int copied = 0;
        foreach (var match in matches)
        {
            builder.Copy(copied, match.Start - copied);
            copied = match.End;
            if (copied == 0)
            {
                builder.AddWithoutOrigin(content);
            }
            else
            {
                // The reference gives the new characters the origin of the last one before them, which is the last one replaced.
                int last = CodePoints.Length(CodePoints.Before(text.Text, copied));
                builder.Add(content, copied - last, last);
            }
        }

        builder.Copy(copied, text.Length - copied);
        return builder.Build();
    }
}
