using System.CommandLine;
using AwqIlgpu.Cli.Options;
using AwqIlgpu.Cli.Output;

namespace AwqIlgpu.Cli.Commands;

/// <summary>Measures how far one model's predictions are from another's.</summary>
internal sealed class CompareCommand : AwqCommand
{
    private const int DefaultWindow = 512;

    private readonly Argument<string> _reference = new("A") { Description = "Folder of the model to compare with." };
    private readonly Argument<string> _other = new("B") { Description = "Folder of the model to judge." };
    private readonly Option<string?> _text = TypedOption.Text("--text", "F", "Plain text, or .jsonl of {\"text\"}: lines encoded one by one and concatenated; A's tokenizer encodes it.");
    private readonly Option<int?> _window = TypedOption.Integer("--window", $"Tokens of a window; windows do not overlap, and what does not fill the last one is dropped. Default: {DefaultWindow}.", 2);
    private readonly Option<int?> _windows = TypedOption.Integer("--windows", "Only the first N windows.", 1);
    private readonly ModelOptions _model = new();

    public CompareCommand(Terminal terminal)
        : base("compare", "Measures how far a model's predictions are from another's.", "awq compare ./model-fp16 ./model-awq --text README.md --windows 4", terminal)
    {
        _text.Required = true;
        Add(_reference);
        Add(_other);
        Add(_text);
        Add(_window);
        Add(_windows);
        _model.AddTo(this);
        Add(CommonOptions.Json);
    }

    protected override async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        string folderA = ModelFolder.Resolve(parse.GetRequiredValue(_reference));
        string folderB = ModelFolder.Resolve(parse.GetRequiredValue(_other));
        bool json = parse.GetValue(CommonOptions.Json);
        int window = parse.GetValue(_window) ?? DefaultWindow;
        var options = _model.Read(parse);
        options = options with { Context = options.Context ?? window };
        var tokenizer = Tokenizer.Load(folderA);
        int[] tokens = TextFile.Encode(tokenizer, parse.GetRequiredValue(_text)!);
        using var a = OpenModel.Open(Terminal, folderA, options with { Tokenizer = tokenizer }, json, cancellationToken);
        // One process holds both, and A's logits of a window.
        long taken = a.Model.Plan.ArenaBytes + ((long)window * a.Model.VocabularySize * sizeof(float));
        using var b = OpenModel.Open(Terminal, folderB, options with { Tokenizer = tokenizer, MemoryCapBytes = Math.Max(0, a.Model.Plan.CapBytes - taken) }, json, cancellationToken);
        var result = await ModelComparison.MeasureAsync(a.Model, b.Model, tokens, window, parse.GetValue(_windows), cancellationToken).ConfigureAwait(false);
        if (json)
        {
            Json.Write(Terminal.Out, writer =>
            {
                writer.WriteNumber("mean_kl", result.MeanKl);
                writer.WriteNumber("max_kl", result.MaxKl);
                writer.WriteNumber("top1_agreement", result.Top1Agreement);
                writer.WriteNumber("perplexity_a", result.PerplexityA);
                writer.WriteNumber("perplexity_b", result.PerplexityB);
                writer.WriteNumber("positions", result.Positions);
                writer.WriteNumber("window", window);
                writer.WriteNumbers("loss_by_position_a", result.LossByPositionA);
                writer.WriteNumbers("loss_by_position_b", result.LossByPositionB);
            });
        }
        else
        {
            Terminal.Out.WriteLine($"mean KL {result.MeanKl:0.000000}, most {result.MaxKl:0.0000}; same first choice {result.Top1Agreement:P2}; perplexity {result.PerplexityA:0.0000} and {result.PerplexityB:0.0000} over {result.Positions} positions");
        }

        return 0;
    }
}
