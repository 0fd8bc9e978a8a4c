namespace AwqIlgpu.Cli;

/// <summary>Turns prompts into token ids: through the folder's chat template where it has one and the caller wants it.</summary>
internal sealed class PromptEncoder
{
    private readonly string _folder;
    private readonly ChatTemplate? _template;
    private readonly string? _system;

    /// <param name="folder">The model's folder.</param>
    /// <param name="raw">Whether to leave the chat template out.</param>
    /// <param name="system">What a system message says; null for none.</param>
    /// <exception cref="NotSupportedException">There is a system message and no chat template.</exception>
    public PromptEncoder(string folder, bool raw, string? system)
    {
        _folder = folder;
        _system = system;
        _template = raw ? null : ChatTemplate.Load(folder);
        if (system is not null && _template is null)
        {
            throw new NotSupportedException($"{folder} has no chat template, which a system message needs.");
        }
    }

    /// <summary>The folder's tokenizer, once a text was encoded; null before.</summary>
    public Tokenizer? Tokenizer { get; private set; }

    /// <summary>The ids of a prompt.</summary>
    public int[] Encode(string prompt)
    {
        Tokenizer ??= Tokenizer.Load(_folder);
        if (_template is null)
        {
            return Tokenizer.Encode(prompt);
        }

        var user = new ChatMessage("user", prompt);
        // The template writes the special tokens itself.
        return Tokenizer.Encode(_template.Render(_system is null ? [user] : [new ChatMessage("system", _system), user]), addSpecialTokens: false);
    }
}
