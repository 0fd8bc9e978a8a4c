using System.Text.Json;
using AwqIlgpu.Tokenization;
using AwqIlgpu.Tokenization.Jinja;

namespace AwqIlgpu;

/// <summary>A model's chat template: writes a conversation as the text that the model was trained on.</summary>
/// <remarks>
/// <para>Templates are Jinja2 as transformers renders them: <c>trim_blocks</c> and <c>lstrip_blocks</c> on, <c>tojson</c> without escaping, <c>raise_exception</c>,
/// <c>strftime_now</c>, the tokenizer's special tokens as variables. Other templates cannot be included, and work is limited, so that a template cannot hang its caller.</para>
/// <para>Parsed once; can be rendered from many threads at the same time.</para>
/// </remarks>
public sealed class ChatTemplate
{
    private readonly Dictionary<string, Block> _templates = [];
    private readonly Dictionary<string, object?> _specialTokens;

    private ChatTemplate(IEnumerable<KeyValuePair<string, string>> sources, Dictionary<string, object?> specialTokens, string origin)
    {
        _specialTokens = specialTokens;
        foreach (var (name, source) in sources)
        {
            try
            {
                _templates[name] = Parser.Parse(source);
            }
            catch (TemplateError e)
            {
                throw new InvalidDataException($"{origin}, chat template \"{name}\", line {e.Line}: {e.Message}", e);
            }
        }
    }

    /// <summary>Reads the template of a model's folder: <c>chat_template.jinja</c>, else <c>chat_template</c> of <c>tokenizer_config.json</c>.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <returns>Null where the folder has neither.</returns>
    /// <exception cref="InvalidDataException">The template is not valid, or tokenizer_config.json is not.</exception>
    public static ChatTemplate? Load(string folder)
    {
        var settings = TokenizerSettings.Load(folder);
        string file = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(file))
        {
            return new ChatTemplate([KeyValuePair.Create(TokenizerSettings.DefaultTemplate, File.ReadAllText(file))], settings.SpecialTokens, file);
        }

        return settings.Templates.Count == 0 ? null : new ChatTemplate(settings.Templates, settings.SpecialTokens, settings.Path);
    }

    /// <summary>Writes a conversation as the model's prompt.</summary>
    /// <param name="messages">The conversation, oldest first.</param>
    /// <param name="addGenerationPrompt">Whether to end with the start of an answer, for the model to go on.</param>
    /// <returns>The prompt; its special tokens are written out, so it is encoded without adding any.</returns>
    /// <exception cref="ChatTemplateException">The template refuses the messages.</exception>
    /// <exception cref="InvalidDataException">The template fails.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = true)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return Render(new Dictionary<string, object?>
        {
            ["messages"] = Sequence.List([.. messages.Select(m => new Mapping { ["role"] = m.Role, ["content"] = m.Content })]),
            ["add_generation_prompt"] = addGenerationPrompt,
        });
    }

    /// <summary>Writes a conversation with tools, tool calls or other variables as the model's prompt.</summary>
    /// <param name="variables">An object with <c>messages</c> and whatever else the template reads (<c>tools</c>, <c>documents</c>, <c>enable_thinking</c>), or only the list of messages.</param>
    /// <param name="addGenerationPrompt">Whether to end with the start of an answer, where <paramref name="variables"/> has no <c>add_generation_prompt</c>.</param>
    /// <returns>The prompt; its special tokens are written out, so it is encoded without adding any.</returns>
    /// <exception cref="ArgumentException"><paramref name="variables"/> is neither an object nor a list.</exception>
    /// <exception cref="ChatTemplateException">The template refuses the messages.</exception>
    /// <exception cref="InvalidDataException">The template fails, for example because a variable that it needs is not there.</exception>
    public string Render(JsonElement variables, bool addGenerationPrompt = true)
    {
        var values = new Dictionary<string, object?> { ["add_generation_prompt"] = addGenerationPrompt };
        switch (variables.ValueKind)
        {
            case JsonValueKind.Array:
                values["messages"] = JsonVariables.Value(variables);
                break;
            case JsonValueKind.Object:
                foreach (var property in variables.EnumerateObject())
                {
                    values[property.Name] = JsonVariables.Value(property.Value);
                }

                break;
            default:
                throw new ArgumentException($"Template variables are {variables.ValueKind}; expected a list of messages, or an object with \"messages\".", nameof(variables));
        }

        return Render(values);
    }

    /// <summary>A template without a folder.</summary>
    internal static ChatTemplate Parse(string source) => new([KeyValuePair.Create(TokenizerSettings.DefaultTemplate, source)], [], "the given text");

    private string Render(Dictionary<string, object?> variables)
    {
        var values = new Dictionary<string, object?>(_specialTokens) { ["tools"] = null, ["documents"] = null };
        foreach (var (name, value) in variables)
        {
            values[name] = value;
        }

        string template = values["tools"] is not null && _templates.ContainsKey(TokenizerSettings.ToolTemplate) ? TokenizerSettings.ToolTemplate : TokenizerSettings.DefaultTemplate;
        if (!_templates.TryGetValue(template, out var block))
        {
            throw new InvalidDataException($"The model has the chat templates \"{string.Join("\", \"", _templates.Keys)}\" and none named \"{template}\".");
        }

        var rendering = new Rendering();
        try
        {
            var output = new BoundedText(rendering);
            block.Execute(new Scope(rendering, values), output);
            return output.ToString();
        }
        catch (TemplateError e) when (e.RaisedByTemplate)
        {
            throw new ChatTemplateException(e.Message, rendering.Line);
        }
        catch (TemplateError e)
        {
            throw new InvalidDataException($"Chat template \"{template}\", line {rendering.Line}: {e.Message}", e);
        }
    }
}
