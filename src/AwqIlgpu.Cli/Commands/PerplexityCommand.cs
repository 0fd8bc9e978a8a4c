using System.CommandLine;
using AwqIlgpu.Cli.Options;
using AwqIlgpu.Cli.Output;

namespace AwqIlgpu.Cli.Commands;

/// <summary>Measures how well a model predicts a text.</summary>
internal sealed class PerplexityCommand : AwqCommand
{
    private const int DefaultWindow = 2048;

    private readonly Argument<string?> _folder = CommonOptions.Model();
    private readonly Option<string?> _text = TypedOption.Text("--text", "F", "Plain text, or .jsonl of {\"text\"}: lines encoded one by one and concatenated.");
    private readonly Option<int?> _window = TypedOption.Integer("--window", "Tokens of a window; windows do not overlap, and what does not fill the last one is dropped. Default: 2048, or the model's context where that is less.", 2);
    private readonly Option<int?> _windows = TypedOption.Integer("--windows", "Only the first N windows.", 1);
    private readonly ModelOptions _model = new();

    public PerplexityCommand(Terminal terminal)
        : base("perplexity", "Measures how well a model predicts a text.", "awq perplexity --text README.md --window 256", terminal)
    {
        _text.Required = true;
        Add(_folder);
        Add(_text);
        Add(_window);
        Add(_windows);
        _model.AddTo(this);
        Add(CommonOptions.Json);
    }

    protected override async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        string folder = ModelFolder.Resolve(parse.GetValue(_folder));
        bool json = parse.GetValue(CommonOptions.Json);
        var options = _model.Read(parse);
        int window = parse.GetValue(_window) ?? Math.Min(DefaultWindow, options.Context ?? ModelInfo.Read(folder).Context ?? DefaultWindow);
        var tokenizer = Tokenizer.Load(folder);
        int[] tokens = TextFile.Encode(tokenizer, parse.GetRequiredValue(_text)!);
        using var open = OpenModel.Open(Terminal, folder, options with { Context = options.Context ?? window, Tokenizer = tokenizer }, json, cancellationToken);
        var progress = Terminal.ShowsProgress && !json ? new WindowReport(Terminal.Error) : null;
        var result = await Perplexity.MeasureAsync(open.Model, tokens, window, parse.GetValue(_windows), progress, cancellationToken).ConfigureAwait(false);
        if (json)
        {
            Json.Write(Terminal.Out, writer =>
            {
                writer.WriteNumber("perplexity", result.Value);
                writer.WriteNumber("mean_logprob", result.MeanLogProbability);
                writer.WriteNumber("tokens", result.Tokens);
                writer.WriteNumber("windows", result.Windows);
                writer.WriteNumber("window", window);
                MemoryJson.WriteMemory(writer, open.Model);
            });
        }
        else
        {
            Terminal.Out.WriteLine($"perplexity {result.Value:0.0000} over {result.Tokens} tokens in {result.Windows} windows of {window}");
        }

        return 0;
    }

    private sealed class WindowReport(TextWriter output) : IProgress<Perplexity>
    {
        public void Report(Perplexity value) => output.WriteLine($"{value.Windows} windows: {value.Value:0.0000}");
    }
}
