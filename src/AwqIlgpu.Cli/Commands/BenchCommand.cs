using System.CommandLine;
using AwqIlgpu.Cli.Options;
using AwqIlgpu.Cli.Output;

namespace AwqIlgpu.Cli.Commands;

/// <summary>AutoAWQ's benchmark table: speed and memory over the length of the prompt.</summary>
internal sealed class BenchCommand : AwqCommand
{
    private const string Same = "same";
    private const int SameAsPrompt = -1;

    // The first lengths of AutoAWQ's table; short enough to wait for.
    private static readonly int[] s_lengths = [32, 64, 128, 256];

    private readonly ShapeOptions _shape = new();
    private readonly Option<int?> _batch = TypedOption.Integer("--batch", "Sequences at a time. Default: 1.", 1);
    private readonly Option<int[]?> _lengths = TypedOption.Of<int[]>("--lengths", "32,64,...", "Prompt lengths in tokens, a row each. Default: 32,64,128,256.", "lengths of at least 1 with commas between them", Lengths);
    private readonly Option<int?> _generate = TypedOption.Of<int?>("--generate", "same|N", "Tokens to generate: as many as the prompt has (the default), or N.", "same or an integer, at least 1", text => text == Same ? SameAsPrompt : int.TryParse(text, out int count) && count > 0 ? count : null);
    private readonly Option<int[]?> _chunks = TypedOption.Of<int[]>("--chunks", "16,64,...", "Prompt tokens in one pass, a row each for every length. Default: what --chunk says.", "numbers of at least 1 with commas between them", Lengths);
    private readonly Option<string?> _markdown = TypedOption.Text("--markdown", "F", "Write the table as Markdown.");
    private readonly Option<string?> _csv = TypedOption.Text("--csv", "F", "Write the table as CSV.");
    private readonly Option<string?> _plot = TypedOption.Text("--plot", "F.svg", "Draw peak memory, planned and measured, and speed over the length, as SVG.");
    private readonly ModelOptions _model = new();

    public BenchCommand(Terminal terminal)
        : base("bench", "Measures speed and memory over the length of the prompt.", "awq bench --lengths 32,64 --generate 16", terminal)
    {
        _shape.AddTo(this);
        foreach (var option in (Option[])[_batch, _lengths, _generate, _chunks, _markdown, _csv, _plot])
        {
            Add(option);
        }

        _model.AddTo(this);
        Add(CommonOptions.Json);
    }

    protected override async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var chosen = _shape.Read(parse);
        var options = _model.Read(parse);
        int generate = parse.GetValue(_generate) ?? SameAsPrompt;
        string? plot = parse.GetValue(_plot);
        if (plot is not null && !plot.EndsWith(".svg", StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"--plot is {plot}; expected a file that ends in .svg. Any browser shows it, and rsvg-convert or Inkscape make a PNG of it.");
        }

        var rows = new List<BenchRow>();
        int[]? chunks = parse.GetValue(_chunks) is { Length: > 0 } given ? given : null;
        if (chunks is not null && options.Chunk is not null)
        {
            throw new UsageException("There are --chunk and --chunks; give one of them.");
        }

        var planned = (
            from length in parse.GetValue(_lengths) is { Length: > 0 } lengths ? lengths : s_lengths
            from chunk in chunks is null ? [options.Chunk] : chunks.Select(chunk => (int?)chunk)
            select (Row: new BenchRow(parse.GetValue(_batch) ?? 1, length, generate == SameAsPrompt ? length : generate), Chunk: chunk)).ToList();
        foreach (var (row, _) in planned)
        {
            ContextOption.Check(options.Context, row.Prompt, row.Generate);
        }

        ModelOptions.SayDefaultCap(Terminal, options);

        try
        {
            foreach (var (row, chunk) in planned)
            {
                var done = await row.MeasureAsync(chosen, options with { Chunk = chunk }, rows.TrueForAll(r => r.IsRefused), new Cancellation(cancellationToken), cancellationToken).ConfigureAwait(false);
                Terminal.Error.WriteLine($"{done.Prompt} + {done.Generate} tokens, batch {done.Batch}: prefill {done.PrefillTokensPerSecond:0.0}/s, first token after {done.TimeToFirstToken:0.00} s, decode {done.DecodeTokensPerSecond:0.0}/s, {done.Status}");
                rows.Add(done);
            }
        }
        finally
        {
            // Rows may have taken an hour; a later one that fails or is interrupted does not take them along.
            if (rows.Count > 0)
            {
                Write(parse, chosen.Name, rows);
            }
        }

        return rows.TrueForAll(row => row.IsRefused) ? Program.DoesNotFit : 0;
    }

    private void Write(ParseResult parse, string name, List<BenchRow> rows)
    {
        if (parse.GetValue(CommonOptions.Json))
        {
            Json.Write(Terminal.Out, json => BenchTable.WriteJson(json, rows));
        }
        else
        {
            Terminal.Out.Write(BenchTable.Markdown(rows));
        }

        if (parse.GetValue(_markdown) is { } markdown)
        {
            File.WriteAllText(markdown, BenchTable.Markdown(rows));
        }

        if (parse.GetValue(_csv) is { } csv)
        {
            File.WriteAllText(csv, BenchTable.Csv(rows));
        }

        if (parse.GetValue(_plot) is { } plot)
        {
            File.WriteAllText(plot, BenchPlot.Svg(name, rows));
        }
    }

    private static int[]? Lengths(string text)
    {
        var lengths = new List<int>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(part, out int length) || length < 1)
            {
                return null;
            }

            lengths.Add(length);
        }

        return [.. lengths];
    }

    private sealed class Cancellation(CancellationToken cancellationToken) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => cancellationToken.ThrowIfCancellationRequested();
    }
}
