namespace AwqIlgpu.Tokenization;

/// <summary>What a Split or a Replace looks for.</summary>
internal abstract class TextPattern
{
    /// <summary>Adds every match in <paramref name="text"/>, in order and without overlap.</summary>
    /// <exception cref="InvalidDataException">A regular expression of the file takes too long on this text.</exception>
    public abstract void FindAll(ReadOnlySpan<char> text, List<TextMatch> matches);

    /// <summary>Reads <c>{"String": ...}</c> or <c>{"Regex": ...}</c>.</summary>
    public static TextPattern Read(TokenizerField field)
    {
        if (field.Optional("String") is { } literal)
        {
            return new LiteralPattern(literal.Text());
        }

        return new RegexPattern(field.Required("Regex"));
    }
}
