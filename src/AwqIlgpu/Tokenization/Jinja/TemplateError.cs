namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>An error in a template or in what it does; <see cref="AwqIlgpu.ChatTemplate"/> turns it into a public exception.</summary>
/// <param name="message">What is wrong, in the words of the reference where it has some.</param>
/// <param name="line">Line of the template, from 1; 0 where only the rendering under way knows it.</param>
internal sealed class TemplateError(string message, int line = 0) : Exception(message)
{
    public int Line { get; } = line;

    /// <summary>The template called <c>raise_exception</c>: the message is its author's.</summary>
    public bool RaisedByTemplate { get; init; }
}
