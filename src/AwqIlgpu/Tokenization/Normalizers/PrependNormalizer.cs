namespace AwqIlgpu.Tokenization.Normalizers;

/// <summary>Puts <paramref name="prefix"/> before every text that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    public override AlignedText Apply(AlignedText text) => Apply(text, prefix);

    /// <summary>The prefix has the origin of the first character.</summary>
    public static AlignedText Apply(AlignedText text, string prefix)
    {
        if (text.Length == 0)
        {
            return text;
        }

        if (!text.Tracked)
        {
            return new AlignedText(prefix + text.Text, false, 0);
        }

        var builder = new AlignedTextBuilder(text);
        builder.Add(prefix, 0, CodePoints.Length(CodePoints.At(text.Text, 0)));
        builder.Copy(0, text.Length);
        return builder.Build();
    }
}
