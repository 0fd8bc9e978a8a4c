namespace AwqIlgpu.Tokenization;

/// <summary>Matches one fixed text; the empty one nowhere.</summary>
internal sealed class LiteralPattern(string literal) : TextPattern
{
    public override void FindAll(ReadOnlySpan<char> text, List<TextMatch> matches)
    {
        int position = 0;
        while (literal.Length > 0)
        {
            int found = text[position..].IndexOf(literal, StringComparison.Ordinal);
            if (found < 0)
            {
                break;
            }

            matches.Add(new TextMatch(position + found, position + found + literal.Length));
            position += found + literal.Length;
        }
    }

    public string Replace(string text, string content) => literal.Length == 0 ? text : text.Replace(literal, content, StringComparison.Ordinal);
}
