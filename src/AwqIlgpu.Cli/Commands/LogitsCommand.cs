using System.CommandLine;
using AwqIlgpu.Cli.Options;
using AwqIlgpu.Cli.Output;

namespace AwqIlgpu.Cli.Commands;

/// <summary>Writes the logits of every position of a text to a file.</summary>
internal sealed class LogitsCommand : AwqCommand
{
    private readonly Argument<string?> _folder = CommonOptions.Model();
    private readonly Option<int[]?> _tokenIds = TypedOption.TokenIds("--token-ids", "The text as token ids.");
    private readonly Option<string?> _output = TypedOption.Text("--output", "F.safetensors", "The file to write: one tensor logits, float32 [tokens, vocabulary].");
    private readonly ModelOptions _model = new();

    public LogitsCommand(Terminal terminal)
        : base("logits", "Writes the logits of every position of a text to a safetensors file.", "awq logits --token-ids 1,384,314,201 --output logits.safetensors", terminal)
    {
        _tokenIds.Required = true;
        _output.Required = true;
        Add(_folder);
        Add(_tokenIds);
        Add(_output);
        _model.AddTo(this);
        Add(CommonOptions.Json);
    }

    protected override async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        int[] ids = parse.GetRequiredValue(_tokenIds)!;
        string output = parse.GetRequiredValue(_output)!;
        bool json = parse.GetValue(CommonOptions.Json);
        var options = _model.Read(parse);
        using var open = OpenModel.Open(Terminal, ModelFolder.Resolve(parse.GetValue(_folder)), options with { Context = options.Context ?? ids.Length }, json, cancellationToken);
        using (var file = new LogitsFile(output, ids.Length, open.Model.VocabularySize))
        {
            await open.Model.LogitsAsync(ids, file.Write, cancellationToken).ConfigureAwait(false);
            file.Complete();
        }

        if (json)
        {
            Json.Write(Terminal.Out, writer =>
            {
                writer.WriteNumbers("shape", [ids.Length, open.Model.VocabularySize]);
                writer.WriteString("output", output);
                MemoryJson.WriteMemory(writer, open.Model);
            });
        }
        else
        {
            Terminal.Out.WriteLine($"{output}: logits [{ids.Length}, {open.Model.VocabularySize}]");
        }

        return 0;
    }
}
