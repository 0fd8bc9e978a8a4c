using System.CommandLine;
using AwqIlgpu.Cli.Options;
using AwqIlgpu.Cli.Output;

namespace AwqIlgpu.Cli.Commands;

/// <summary>Prints the token ids of texts; needs only the tokenizer's files.</summary>
internal sealed class TokenizeCommand : AwqCommand
{
    private readonly Argument<string?> _folder = CommonOptions.Model();
    private readonly Option<string?> _text = TypedOption.Text("--text", "S", "The text.");
    private readonly Option<string?> _file = TypedOption.Text("--file", "F", "A file that is the text.");
    private readonly Option<string?> _jsonl = TypedOption.Text("--jsonl", "F", "A file with one {\"text\"} a line.");
    private readonly Option<bool> _noSpecial = new("--no-special") { Description = "Do not add the tokens that the tokenizer puts around a text." };

    public TokenizeCommand(Terminal terminal)
        : base("tokenize", "Prints the token ids of a text.", "awq tokenize --text \"Once upon a time\"", terminal)
    {
        Add(_folder);
        foreach (var option in (Option[])[_text, _file, _jsonl, _noSpecial, CommonOptions.Json])
        {
            Add(option);
        }

        Validators.Add(result =>
        {
            if (new[] { result.GetValue(_text), result.GetValue(_file), result.GetValue(_jsonl) }.Count(source => source is not null) != 1)
            {
                result.AddError("Give one of --text, --file and --jsonl.");
            }
        });
    }

    protected override Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var tokenizer = Tokenizer.Load(ModelFolder.Resolve(parse.GetValue(_folder)));
        bool special = !parse.GetValue(_noSpecial);
        bool json = parse.GetValue(CommonOptions.Json);
        if (parse.GetValue(_jsonl) is { } file)
        {
            var items = JsonLines.Read(file).Select(line => tokenizer.Encode(JsonLines.Text(JsonLines.Parse(line.Where, line.Line), "text", line.Where), special));
            ItemList.Write(Terminal.Out, json, items, (writer, ids) => writer.WriteNumbers("token_ids", ids), ids => string.Join(',', ids));
            return Task.FromResult(0);
        }

        string text = parse.GetValue(_text) ?? File.ReadAllText(parse.GetValue(_file)!);
        int[] tokenIds = tokenizer.Encode(text, special);
        if (json)
        {
            Json.Write(Terminal.Out, writer =>
            {
                writer.WriteNumbers("token_ids", tokenIds);
                writer.WriteString("text", text);
            });
        }
        else
        {
            Terminal.Out.WriteLine(string.Join(',', tokenIds));
        }

        return Task.FromResult(0);
    }
}
