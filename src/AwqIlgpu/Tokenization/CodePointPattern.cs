namespace AwqIlgpu.Tokenization;

/// <summary>Matches each code point of a class by itself.</summary>
internal sealed class CodePointPattern(Func<int, bool> matches) : TextPattern
{
    public override void FindAll(ReadOnlySpan<char> text, List<TextMatch> found)
    {
        for (int i = 0; i < text.Length;)
        {
            int codePoint = CodePoints.At(text, i);
            int end = i + CodePoints.Length(codePoint);
            if (matches(codePoint))
            {
                found.Add(new TextMatch(i, end));
            }

            i = end;
        }
    }
}
