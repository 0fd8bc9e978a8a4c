using System.CommandLine;
using System.Text.Json;
using AwqIlgpu.Cli.Options;
using AwqIlgpu.Cli.Output;

namespace AwqIlgpu.Cli.Commands;

/// <summary>Prints what a model's chat template makes of messages; needs only the tokenizer's files.</summary>
internal sealed class RenderCommand : AwqCommand
{
    private readonly Argument<string?> _folder = CommonOptions.Model();
    private readonly Option<string?> _messages = TypedOption.Text("--messages", "F.json", "A list of messages, or an object with messages and other template variables (tools, add_generation_prompt, ...); - for standard input.");
    private readonly Option<bool> _noGenerationPrompt = new("--no-generation-prompt") { Description = "Do not begin an answer, where F does not say." };

    public RenderCommand(Terminal terminal)
        : base("render", "Applies the chat template to messages.", "echo '[{\"role\":\"user\",\"content\":\"Hi\"}]' | awq render --messages -", terminal)
    {
        _messages.Required = true;
        Add(_folder);
        Add(_messages);
        Add(_noGenerationPrompt);
        Add(CommonOptions.Json);
    }

    protected override Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        string folder = ModelFolder.Resolve(parse.GetValue(_folder));
        var template = ChatTemplate.Load(folder) ?? throw new NotSupportedException($"{folder} has no chat template: neither chat_template.jinja nor chat_template in tokenizer_config.json.");
        string text = template.Render(ReadMessages(parse.GetRequiredValue(_messages)!), addGenerationPrompt: !parse.GetValue(_noGenerationPrompt));
        if (parse.GetValue(CommonOptions.Json))
        {
            // The template wrote the special tokens already.
            int[] ids = Tokenizer.Load(folder).Encode(text, addSpecialTokens: false);
            Json.Write(Terminal.Out, writer =>
            {
                writer.WriteString("text", text);
                writer.WriteNumbers("token_ids", ids);
            });
        }
        else
        {
            Terminal.Out.WriteLine(text);
        }

        return Task.FromResult(0);
    }

    private JsonElement ReadMessages(string file)
    {
        try
        {
            return JsonElement.Parse(file == "-" ? Terminal.In.ReadToEnd() : File.ReadAllText(file));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file}: {e.Message} Expected a list of messages, or an object with \"messages\".", e);
        }
    }
}
