using System.CommandLine;
using System.Text.Json;
using AwqIlgpu.Cli.Options;
using AwqIlgpu.Cli.Output;

namespace AwqIlgpu.Cli.Commands;

/// <summary>Quantises a model with AWQ.</summary>
internal sealed class QuantizeCommand : AwqCommand
{
    // What the runtime holds beside its heap: code, stacks, buffers of files.
    private const long OutsideHeapBytes = 80L << 20;
    private const long LeastHeapBytes = 64L << 20;

    private readonly Argument<string> _source = new("SRC") { Description = "Folder of an fp16, bf16 or fp32 model in Hugging Face layout." };
    private readonly Argument<string> _output = new("OUT") { Description = "Folder to write; until it is whole, its parts lie in OUT.partial." };
    private readonly Option<int?> _groupSize = TypedOption.Of<int?>("--group-size", "N", "Input features that share a scale: 32, 64, 128 (the default), or -1 for whole rows.", "32, 64, 128 or -1", text => int.TryParse(text, out int size) && size is 32 or 64 or 128 or -1 ? size : null);
    private readonly Option<string?> _calibration = TypedOption.Text("--calibration", "F", "Text to calibrate on: plain, or .jsonl of {\"text\"} or {\"token_ids\"}. Like what the model will read and write, 50 kB or more.");
    private readonly Option<int?> _samples = TypedOption.Integer("--samples", $"Most calibration sequences. Default: {CalibrationSet.DefaultSamples}.", 1);
    private readonly Option<int?> _sequence = TypedOption.Integer("--sequence", $"Tokens of a calibration sequence. Default: {CalibrationSet.DefaultSequence}.", 2);
    private readonly Option<ScaleSearchKind?> _search = TypedOption.Choice("--search", "What the scale search looks at: duo (activations and weights, the default), activation, or none.", ("duo", ScaleSearchKind.Duo), ("activation", ScaleSearchKind.Activation), ("none", ScaleSearchKind.None));
    private readonly Option<bool> _clip = new("--clip") { Description = "Search clip limits (the default)." };
    private readonly Option<bool> _noClip = new("--no-clip") { Description = "Do not search clip limits." };
    private readonly Option<QuantizationMode?> _mode = TypedOption.Choice("--mode", "robust (the default; never knowingly worse than plain rounding) or parity (AutoAWQ 0.2.9's choices).", ("robust", QuantizationMode.Robust), ("parity", QuantizationMode.Parity));
    private readonly Option<WeightRounding?> _rounding = TypedOption.Choice("--rounding", "nearest, or feedback (weights take up each other's rounding errors). Default: feedback in robust mode.", ("nearest", WeightRounding.Nearest), ("feedback", WeightRounding.Feedback));
    private readonly Option<QuantizationFormat?> _format = FormatOption.Quantized("Layout of the result. Default: gemm.");
    private readonly Option<bool> _symmetric = new("--symmetric") { Description = "Zero points fixed at 8; implied by marlin." };
    private readonly Option<string[]> _skip = new("--skip") { HelpName = "NAME", Description = "Leave linear layers whose name contains NAME unquantised; repeatable." };
    private readonly Option<bool> _propagate = new("--propagate") { Description = "Calibrate each layer on the output of the quantised layers before it." };
    private readonly Option<bool> _resume = new("--resume") { Description = "Go on where an interrupted run with the same settings stopped." };
    private readonly Option<string?> _report = TypedOption.Text("--report", "F.json", "Write the report to a file too.");
    private readonly Option<string?> _plot = TypedOption.Text("--plot", "F.svg", "Draw the loss of each layer, before scales, clipping and feedback were searched and after.");
    private readonly Option<long?> _memory = TypedOption.Size("--memory", "Most bytes for the whole process; activations wait in a file where it asks for that. Default: the container's or machine's limit less a margin.");
    private readonly Option<int?> _threads = TypedOption.Integer("--threads", "Threads that compute. Default: one for each core.", 1);

    public QuantizeCommand(Terminal terminal)
        : base("quantize", "Quantises a model to int4 with AWQ.", "awq quantize ./model-fp16 ./model-awq --calibration README.md --samples 4 --sequence 256", terminal)
    {
        Add(_source);
        Add(_output);
        foreach (var option in (Option[])[_groupSize, _calibration, _samples, _sequence, _search, _clip, _noClip, _mode, _rounding, _format, _symmetric, _skip, _propagate, _resume, _report, _plot, _memory, _threads, CommonOptions.Json])
        {
            Add(option);
        }
    }

    protected override Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        if (parse.GetValue(_clip) && parse.GetValue(_noClip))
        {
            throw new UsageException("--clip and --no-clip exclude each other.");
        }

        string? plot = parse.GetValue(_plot);
        if (plot is not null && !plot.EndsWith(".svg", StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"--plot is {plot}; expected a file that ends in .svg.");
        }

        if (parse.GetValue(_calibration) is null && (parse.GetValue(_samples) ?? parse.GetValue(_sequence)) is not null)
        {
            throw new UsageException("--samples and --sequence cut up calibration text; give some with --calibration.");
        }

        // Better now than after the work.
        foreach (string file in new[] { parse.GetValue(_report), plot }.OfType<string>())
        {
            if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } parent && !Directory.Exists(parent))
            {
                throw new DirectoryNotFoundException($"There is no folder {parent} to write {file} into.");
            }
        }

        string source = ModelFolder.Resolve(parse.GetRequiredValue(_source));
        var options = new AwqQuantizerOptions
        {
            GroupSize = parse.GetValue(_groupSize) ?? 128,
            Symmetric = parse.GetValue(_symmetric),
            Format = parse.GetValue(_format) ?? QuantizationFormat.Gemm,
            Mode = parse.GetValue(_mode) ?? QuantizationMode.Robust,
            Search = parse.GetValue(_search) ?? ScaleSearchKind.Duo,
            Clip = !parse.GetValue(_noClip),
            Rounding = parse.GetValue(_rounding),
            Skip = parse.GetValue(_skip) ?? [],
            Propagate = parse.GetValue(_propagate),
            Resume = parse.GetValue(_resume),
            Threads = parse.GetValue(_threads),
            MemoryCapBytes = parse.GetValue(_memory),
        };
        var calibration = Calibration(parse, source);
        var plan = AwqQuantizer.Plan(source, calibration, options);
        if (!plan.Fits && parse.GetValue(CommonOptions.Json))
        {
            // The quantiser refuses with a sentence; this says the same to a program.
            Json.Write(Terminal.Out, json => WritePlan(json, plan));
        }

        if (plan.Fits && options.MemoryCapBytes is { } cap)
        {
            // Garbage counts too, so the collector must know the cap.
            AppContext.SetData("GCHeapHardLimit", (ulong)Math.Max(cap - OutsideHeapBytes, LeastHeapBytes));
            GC.RefreshMemoryLimit();
        }

        var report = AwqQuantizer.Quantize(source, parse.GetRequiredValue(_output), calibration, options, new LayerProgress(Terminal), cancellationToken);
        if (report.IsForeignCalibration)
        {
            Terminal.Error.WriteLine($"The model predicts the calibration text worse than chance (perplexity {report.CalibrationPerplexity:0}): that text says nothing of what the model reads. Weights were rounded to nearest, without scales, clipping and feedback. Calibrate on text like the model's own; --mode parity takes any text.");
        }

        if (parse.GetValue(CommonOptions.Json))
        {
            Json.Write(Terminal.Out, json => Write(json, report));
        }
        else
        {
            Terminal.Out.WriteLine($"{report.Linears.Count} linear layers at {report.BitsPerWeight:0.00} bits per weight, {ByteSize.Format(report.Bytes)} in {report.Seconds:0.0} s; peak {ByteSize.Format(report.ProcessPeakBytes)}");
        }

        if (parse.GetValue(_report) is { } reportFile)
        {
            using var output = new StreamWriter(reportFile);
            Json.Write(output, json => Write(json, report));
        }

        if (plot is not null)
        {
            File.WriteAllText(plot, LossPlot.Svg(report));
        }

        return Task.FromResult(0);
    }

    private CalibrationSet? Calibration(ParseResult parse, string source)
    {
        if (parse.GetValue(_calibration) is not { } file)
        {
            return null;
        }

        if (!File.Exists(file))
        {
            throw new FileNotFoundException($"There is no file {file}; expected calibration text.");
        }

        var tokenizer = File.Exists(Path.Combine(source, "tokenizer.json")) ? Tokenizer.Load(source) : null;
        return CalibrationSet.Read(file, tokenizer, parse.GetValue(_samples) ?? CalibrationSet.DefaultSamples, parse.GetValue(_sequence) ?? CalibrationSet.DefaultSequence);
    }

    private static void Write(Utf8JsonWriter json, QuantizationReport report)
    {
        json.WriteStartArray("layers");
        foreach (var group in report.Groups)
        {
            json.WriteStartObject();
            json.WriteNumber("layer", group.Layer);
            json.WriteString("name", group.Name);
            WriteNumber(json, "ratio", group.Ratio);
            json.WriteNumber("loss_before", group.LossBefore);
            json.WriteNumber("loss_after", group.LossAfter);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("linears");
        foreach (var linear in report.Linears)
        {
            json.WriteStartObject();
            json.WriteNumber("layer", linear.Layer);
            json.WriteString("name", linear.Name);
            json.WriteNumber("clip_share", linear.ClipShare);
            json.WriteString("rounding", linear.Rounding == WeightRounding.Feedback ? "feedback" : "nearest");
            WriteNumber(json, "loss_before", linear.LossBefore);
            WriteNumber(json, "loss_after", linear.LossAfter);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumbers("layer_seconds", report.LayerSeconds);
        json.WriteNumber("bits_per_weight", report.BitsPerWeight);
        json.WriteNumber("bytes", report.Bytes);
        json.WriteNumber("tensors", report.Tensors);
        json.WriteNumber("seconds", report.Seconds);
        json.WriteNumber("resumed_layers", report.ResumedLayers);
        WriteNumber(json, "calibration_perplexity", report.CalibrationPerplexity is { } perplexity && double.IsFinite(perplexity) ? perplexity : null);
        json.WriteBoolean("foreign_calibration", report.IsForeignCalibration);
        json.WriteNumber("process_peak_bytes", report.ProcessPeakBytes);
        WritePlan(json, report.Plan);
    }

    private static void WritePlan(Utf8JsonWriter json, QuantizationPlan plan)
    {
        json.WriteStartObject("memory");
        json.WriteBoolean("fits", plan.Fits);
        json.WriteNumber("cap_bytes", plan.CapBytes);
        json.WriteNumber("planned_process_bytes", plan.ProcessBytes);
        json.WriteNumber("smallest_cap_bytes", plan.SmallestCapBytes);
        json.WriteBoolean("spills_activations", plan.SpillsActivations);
        MemoryJson.WriteBuffers(json, plan.Buffers);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private sealed class LayerProgress(Terminal terminal) : IProgress<QuantizationProgress>
    {
        public void Report(QuantizationProgress value) =>
            terminal.Error.WriteLine($"layer {value.LayersDone} of {value.Layers}, {value.Elapsed.TotalSeconds:0} s{(value.Remaining is { } left ? $", {left.TotalSeconds:0} s left" : "")}");
    }
}
