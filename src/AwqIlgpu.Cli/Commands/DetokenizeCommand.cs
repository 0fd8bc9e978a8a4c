using System.CommandLine;
using AwqIlgpu.Cli.Options;
using AwqIlgpu.Cli.Output;

namespace AwqIlgpu.Cli.Commands;

/// <summary>Prints the text of token ids; needs only the tokenizer's files.</summary>
internal sealed class DetokenizeCommand : AwqCommand
{
    private readonly Argument<string?> _folder = CommonOptions.Model();
    private readonly Option<int[]?> _tokenIds = TypedOption.TokenIds("--token-ids", "The token ids.");
    private readonly Option<string?> _jsonl = TypedOption.Text("--jsonl", "F", "A file with one {\"token_ids\"} a line.");
    private readonly Option<bool> _skipSpecial = new("--skip-special") { Description = "Leave special tokens out." };

    public DetokenizeCommand(Terminal terminal)
        : base("detokenize", "Prints the text of token ids.", "awq detokenize --token-ids 35,501,280,259", terminal)
    {
        Add(_folder);
        foreach (var option in (Option[])[_tokenIds, _jsonl, _skipSpecial, CommonOptions.Json])
        {
            Add(option);
        }

        Validators.Add(result =>
        {
            if ((result.GetResult(_tokenIds) is null) == (result.GetResult(_jsonl) is null))
            {
                result.AddError("Give one of --token-ids and --jsonl.");
            }
        });
    }

    protected override Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var tokenizer = Tokenizer.Load(ModelFolder.Resolve(parse.GetValue(_folder)));
        bool skipSpecial = parse.GetValue(_skipSpecial);
        bool json = parse.GetValue(CommonOptions.Json);
        if (parse.GetValue(_jsonl) is { } file)
        {
            var items = JsonLines.Read(file).Select(line => tokenizer.Decode(JsonLines.TokenIds(JsonLines.Parse(line.Where, line.Line), "token_ids", line.Where), skipSpecial));
            ItemList.Write(Terminal.Out, json, items, (writer, text) => writer.WriteString("text", text), text => text);
            return Task.FromResult(0);
        }

        int[] ids = parse.GetValue(_tokenIds)!;
        string decoded = tokenizer.Decode(ids, skipSpecial);
        if (json)
        {
            Json.Write(Terminal.Out, writer =>
            {
                writer.WriteString("text", decoded);
                writer.WriteNumbers("token_ids", ids);
            });
        }
        else
        {
            Terminal.Out.WriteLine(decoded);
        }

        return Task.FromResult(0);
    }
}
