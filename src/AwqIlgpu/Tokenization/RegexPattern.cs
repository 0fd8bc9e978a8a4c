using System.Buffers;
using System.Text.RegularExpressions;

namespace AwqIlgpu.Tokenization;

/// <summary>A regular expression of tokenizer.json, matched by code points as the reference does.</summary>
/// <remarks>
/// .NET matches UTF-16 units and takes each half of a surrogate pair for a character of no class. A text with surrogate
/// pairs is therefore matched in a copy in which one character of the same general category stands for each pair.
/// </remarks>
internal sealed class RegexPattern : TextPattern
{
    private readonly Regex _regex;
    private readonly string _name;

    public RegexPattern(TokenizerField field)
    {
        string pattern = field.Text();
        _name = $"{Tokenizer.FileName}: {field.Path} \"{pattern}\"";
        try
        {
            _regex = SplitRegexes.Find(pattern) ?? new Regex(OnigurumaPattern.Translate(pattern), RegexOptions.CultureInvariant | RegexOptions.Multiline, SplitRegexes.Timeout);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{_name} is not a regular expression: {error.Message}", error);
        }
        catch (NotSupportedException error)
        {
            throw new NotSupportedException($"{_name}: {error.Message}", error);
        }
    }

    /// <param name="regex">A ready .NET expression.</param>
    public RegexPattern(Regex regex)
    {
        _regex = regex;
        _name = $"The pattern \"{regex}\"";
    }

    public override void FindAll(ReadOnlySpan<char> text, List<TextMatch> matches)
    {
        try
        {
            if (text.ContainsAnyInRange('\uD800', '\uDFFF'))
            {
                FindByCodePoints(text, matches);
                return;
            }

            foreach (var match in _regex.EnumerateMatches(text))
            {
                matches.Add(new TextMatch(match.Index, match.Index + match.Length));
            }
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new InvalidDataException($"{_name} takes more than {SplitRegexes.Timeout.TotalSeconds:0} s for one match in a text of {text.Length} characters.", error);
        }
    }

    private void FindByCodePoints(ReadOnlySpan<char> text, List<TextMatch> matches)
    {
        char[] copy = ArrayPool<char>.Shared.Rent(text.Length);
        int[] origins = ArrayPool<int>.Shared.Rent(text.Length + 1);
        try
        {
            int count = 0;
            for (int i = 0; i < text.Length; count++)
            {
                int codePoint = CodePoints.At(text, i);
                copy[count] = codePoint > char.MaxValue ? CategoryRepresentatives.For(codePoint) : (char)codePoint;
                origins[count] = i;
                i += CodePoints.Length(codePoint);
            }

            origins[count] = text.Length;
            foreach (var match in _regex.EnumerateMatches(copy.AsSpan(0, count)))
            {
                matches.Add(new TextMatch(origins[match.Index], origins[match.Index + match.Length]));
            }
        }
        finally
        {
            ArrayPool<char>.Shared.Return(copy);
            ArrayPool<int>.Shared.Return(origins);
        }
    }
}
