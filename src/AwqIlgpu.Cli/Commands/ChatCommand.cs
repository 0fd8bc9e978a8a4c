using System.CommandLine;
using AwqIlgpu.Cli.Options;

namespace AwqIlgpu.Cli.Commands;

/// <summary>A conversation in the terminal, or one message a line from standard input.</summary>
internal sealed class ChatCommand : AwqCommand
{
    private readonly Argument<string?> _folder = CommonOptions.Model();
    private readonly Option<string?> _system = TypedOption.Text("--system", "S", "System message, first in every conversation.");
    private readonly Option<int?> _maxTokens = TypedOption.Integer("--max-tokens", "Most tokens of an answer. Default: the room in the context.", 1);
    private readonly SamplingArguments _sampling = new();
    private readonly ModelOptions _model = new();

    public ChatCommand(Terminal terminal)
        : base("chat", "Talks with a model: /reset forgets, /stats tells speed and memory, /exit leaves, Ctrl+C stops an answer.", "awq chat --temperature 0.7", terminal)
    {
        Add(_folder);
        Add(_system);
        Add(_maxTokens);
        _sampling.AddTo(this);
        _model.AddTo(this);
    }

    protected override async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        string folder = ModelFolder.Resolve(parse.GetValue(_folder));
        var options = _sampling.Read(parse) with { MaxTokens = parse.GetValue(_maxTokens) };
        using var open = OpenModel.Open(Terminal, folder, _model.Read(parse), quiet: false, cancellationToken);
        if (open.Model.ChatTemplate is null)
        {
            throw new NotSupportedException($"{folder} has no chat template; use awq generate --raw.");
        }

        return await new Conversation(Terminal, open, parse.GetValue(_system), options).RunAsync(cancellationToken).ConfigureAwait(false);
    }
}
