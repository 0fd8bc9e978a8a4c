using System.CommandLine;
using System.Text;
using AwqIlgpu.Cli.Options;
using AwqIlgpu.Cli.Output;

namespace AwqIlgpu.Cli.Commands;

/// <summary>Continues one prompt and streams the text, or runs a file of prompts together.</summary>
internal sealed class GenerateCommand : AwqCommand
{
    private readonly Argument<string?> _folder = CommonOptions.Model();
    private readonly Argument<string?> _prompt = new("PROMPT") { Description = "The prompt, - for standard input. A single argument is the prompt, unless it comes by --prompt-file, --token-ids or --batch-file.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _promptFile = TypedOption.Text("--prompt-file", "F", "Read the prompt from a file; one line break at its end is dropped.");
    private readonly Option<int[]?> _tokenIds = TypedOption.TokenIds("--token-ids", "The prompt as token ids, used as they are.");
    private readonly Option<string?> _batchFile = TypedOption.Text("--batch-file", "F.jsonl", "Run all lines {\"prompt\"} or {\"token_ids\"}, optional max_tokens; prints one JSON line each, in order, with \"error\" where one failed.");
    private readonly Option<int?> _maxTokens = TypedOption.Integer("--max-tokens", "Most tokens to generate. Default: 512, or the room in the context where that is less.", 1);
    private readonly Option<bool> _raw = new("--raw") { Description = "Continue the text as it stands, without the chat template." };
    private readonly Option<string?> _system = TypedOption.Text("--system", "S", "System message, for the chat template.");
    private readonly Option<bool> _stats = new("--stats") { Description = "At the end say on standard error what of the memory was used, by class, and how fast it went." };
    private readonly SamplingArguments _sampling = new();
    private readonly ModelOptions _model = new();

    public GenerateCommand(Terminal terminal)
        : base("generate", "Continues a prompt and streams the text.", "awq generate \"Tell me a story about a fox named Ada.\" --max-tokens 200", terminal)
    {
        Add(_folder);
        Add(_prompt);
        foreach (var option in (Option[])[_promptFile, _tokenIds, _batchFile, _maxTokens, _raw, _system, _stats])
        {
            Add(option);
        }

        _sampling.AddTo(this);
        _model.AddTo(this);
        Add(CommonOptions.Json);
    }

    protected override async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var (folder, prompt) = FolderAndPrompt(parse);
        var sampling = _sampling.Read(parse);
        if (parse.GetValue(_raw) && parse.GetValue(_system) is not null)
        {
            throw new UsageException("--system needs the chat template, which --raw leaves out; give one of them.");
        }

        var encoder = new PromptEncoder(folder, parse.GetValue(_raw), parse.GetValue(_system));
        var room = new GenerationRoom(folder, _model.Context(parse), parse.GetValue(_maxTokens));
        if (parse.GetValue(_batchFile) is { } batchFile)
        {
            if (parse.GetValue(_stats))
            {
                throw new UsageException("--stats is for one prompt; the lines of --batch-file carry theirs.");
            }

            return await new BatchRun(batchFile, encoder, room, sampling).RunAsync(Terminal, folder, _model.Read(parse), cancellationToken).ConfigureAwait(false);
        }

        int[] ids = parse.GetValue(_tokenIds) is { Length: > 0 } given ? given : encoder.Encode(prompt ?? ReadPromptFile(parse.GetValue(_promptFile)!));
        int maxTokens = room.MaxTokens(ids.Length);
        bool json = parse.GetValue(CommonOptions.Json);
        var options = _model.Read(parse) with { Context = room.Context(ids.Length, maxTokens), Tokenizer = encoder.Tokenizer };
        using var open = OpenModel.Open(Terminal, folder, options, json, cancellationToken);
        var statistics = await GenerateAsync(open, ids, sampling with { MaxTokens = maxTokens }, json, cancellationToken).ConfigureAwait(false);
        if (parse.GetValue(_stats))
        {
            StatisticsPanel.Write(Terminal.Error, statistics, open);
        }
        else if (!json)
        {
            Terminal.Error.WriteLine(StatisticsLine.Format(statistics, open));
        }

        return 0;
    }

    private async Task<GenerationStatistics> GenerateAsync(OpenModel open, int[] prompt, GenerationOptions options, bool json, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var ids = new List<int>();
        var logProbabilities = new List<float>();
        GeneratedToken last = default;
        await foreach (var token in open.Model.GenerateAsync(prompt, options, cancellationToken).ConfigureAwait(false))
        {
            text.Append(token.Text);
            ids.Add(token.Id);
            logProbabilities.Add(token.LogProbability);
            last = token;
            if (!json)
            {
                Terminal.Out.Write(token.Text);
                Terminal.Out.Flush();
            }
        }

        if (json)
        {
            var result = new GenerationResult(text.ToString(), ids, logProbabilities, last.FinishReason!.Value, last.Statistics);
            Json.Write(Terminal.Out, writer => GenerationJson.Write(writer, result, open.Model, open.Load));
        }
        else
        {
            Terminal.Out.WriteLine();
            Terminal.Out.Flush();
        }

        return last.Statistics!;
    }

    private (string Folder, string? Prompt) FolderAndPrompt(ParseResult parse)
    {
        string? first = parse.GetValue(_folder);
        string? second = parse.GetValue(_prompt);
        int others = new[] { parse.GetResult(_promptFile) is null, parse.GetResult(_batchFile) is null, parse.GetResult(_tokenIds) is null }.Count(missing => !missing);
        if (others > 1 || (others == 1 && second is not null))
        {
            throw new UsageException("There is more than one prompt; give one of PROMPT, --prompt-file, --token-ids and --batch-file.");
        }

        if (others == 1)
        {
            return (ModelFolder.Resolve(first), null);
        }

        // A model folder alone is a forgotten prompt.
        if (first is null || (second is null && File.Exists(Path.Combine(first, "config.json"))))
        {
            throw new UsageException("There is no prompt; give PROMPT, --prompt-file, --token-ids, --batch-file, or - to read standard input.");
        }

        string prompt = second ?? first;
        return (ModelFolder.Resolve(second is null ? null : first), prompt == "-" ? WithoutLastLineBreak(Terminal.In.ReadToEnd()) : prompt);
    }

    private static string ReadPromptFile(string file) => WithoutLastLineBreak(File.ReadAllText(file));

    private static string WithoutLastLineBreak(string text) => text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
}
