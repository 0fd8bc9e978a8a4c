using System.CommandLine;
using AwqIlgpu.Cli.Options;
using AwqIlgpu.Cli.Output;

namespace AwqIlgpu.Cli.Commands;

/// <summary>Says what a run needs in memory, before any weight is read.</summary>
internal sealed class PlanCommand : AwqCommand
{
    // What a driver's context and a desktop take of a card's memory.
    private const int MarginPart = 32;

    // Any device of the GPU kernels plans alike.
    private const string AnyGpu = "ilgpu";

    private readonly ShapeOptions _shape = new();
    private readonly Option<int?> _batch = TypedOption.Integer("--batch", "Sequences at a time. Default: 1.", 1);
    private readonly Option<int?> _prompt = TypedOption.Integer("--prompt", "Tokens of a prompt.", 1);
    private readonly Option<int?> _generate = TypedOption.Integer("--generate", "Tokens to generate after it.", 0);
    private readonly Option<bool> _explain = new("--explain") { Description = "Say what smaller settings would save." };
    private readonly Option<GpuCard?> _gpu = TypedOption.Of("--gpu", "NAME", $"Plan for the memory of a card, and predict its speed: {string.Join(", ", GpuCard.All.Select(card => card.Name))}.", "a card that is listed in --help", text => GpuCard.All.FirstOrDefault(card => card.Name == text));
    private readonly ModelOptions _model = new();

    public PlanCommand(Terminal terminal)
        : base("plan", "Says what a run needs in memory, before any weight is read.", "awq plan --shape mistral-7b --batch 5 --prompt 4096 --generate 4096 --memory 10GiB", terminal)
    {
        _shape.AddTo(this);
        foreach (var option in (Option[])[_batch, _prompt, _generate, _explain, _gpu])
        {
            Add(option);
        }

        _model.AddTo(this);
        Add(CommonOptions.Json);
    }

    protected override Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var options = _model.Read(parse);
        var card = parse.GetValue(_gpu);
        int tokens = ContextOption.Check(options.Context, parse.GetValue(_prompt) ?? 0, parse.GetValue(_generate) ?? 0);
        options = options with
        {
            Batch = parse.GetValue(_batch),
            // A card runs the kernels for GPUs, whose buffers and cache types are others than the CPU's.
            Device = card is not null && DeviceInfo.All.Any(device => device.Id == AnyGpu) ? AnyGpu : options.Device,
            Context = options.Context ?? (tokens > 0 ? tokens : null),
            MemoryCapBytes = card is null ? options.MemoryCapBytes : Math.Min(options.MemoryCapBytes ?? long.MaxValue, card.MemoryBytes - (card.MemoryBytes / MarginPart)),
        };
        bool json = parse.GetValue(CommonOptions.Json);
        if (!json)
        {
            ModelOptions.SayDefaultCap(Terminal, options);
        }

        var plan = _shape.Read(parse).Plan(options);
        if (json)
        {
            Json.Write(Terminal.Out, writer => MemoryJson.WritePlan(writer, plan, plan.Advice, card));
        }
        else
        {
            PlanTable.Write(Terminal.Out, plan, parse.GetValue(_explain), card);
        }

        return Task.FromResult(0);
    }
}
