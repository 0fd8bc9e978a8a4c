namespace AwqIlgpu.Tokenization;

/// <summary>Matches runs of word characters and runs of what is neither word nor white space: <c>\w+|[^\w\s]+</c> of the regex crate.</summary>
internal sealed class WordPattern : TextPattern
{
    private enum Kind
    {
        Space,
        Word,
        Other,
    }

    public override void FindAll(ReadOnlySpan<char> text, List<TextMatch> matches)
    {
        int start = 0;
        var kind = Kind.Space;
        for (int i = 0; i < text.Length;)
        {
            int codePoint = CodePoints.At(text, i);
            var here = CodePoints.IsWord(codePoint) ? Kind.Word : CodePoints.IsWhiteSpace(codePoint) ? Kind.Space : Kind.Other;
            if (here != kind)
            {
                Close(kind, start, i, matches);
                start = i;
                kind = here;
            }

            i += CodePoints.Length(codePoint);
        }

        Close(kind, start, text.Length, matches);
    }

    private static void Close(Kind kind, int start, int end, List<TextMatch> matches)
    {
        if (kind != Kind.Space)
        {
            matches.Add(new TextMatch(start, end));
        }
    }
}
