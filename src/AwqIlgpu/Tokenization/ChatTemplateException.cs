namespace AwqIlgpu;

/// <summary>A chat template refused its messages: it called <c>raise_exception</c>, for example because roles must alternate. The message is the template's own.</summary>
public sealed class ChatTemplateException : Exception
{
    /// <summary>A template's refusal.</summary>
    /// <param name="message">The template's words.</param>
    /// <param name="line">Line of the template, from 1.</param>
    public ChatTemplateException(string message, int line)
        : base(message) => Line = line;

    /// <summary>Line of the template that refused, from 1.</summary>
    public int Line { get; }
}
