using System.CommandLine;

namespace AwqIlgpu.Cli.Options;

/// <summary>The options of every command that runs a model.</summary>
internal sealed class ModelOptions
{
    private const string Cpu = "cpu";

    private readonly Option<string?> _device = TypedOption.Of<string>("--device", "cpu|ilgpu|cuda:0|opencl:0", "What computes. Default: cpu.", "a device that awq devices lists", text => text == Cpu || DeviceInfo.All.Any(device => device.Id == text) ? text : null);
    private readonly Option<Precision?> _precision = TypedOption.Choice("--precision", "Arithmetic of quantised layers: fast (8-bit activations, the default) or exact (float activations and KV cache).", ("fast", Precision.Fast), ("exact", Precision.Exact));
    private readonly Option<int?> _threads = TypedOption.Integer("--threads", "Threads that compute. Default: one for each core.", 1);
    private readonly Option<long?> _memory = TypedOption.Size("--memory", "Most bytes for the whole process. Default: the container's or machine's limit less a margin.");
    private readonly Option<int?> _chunk = TypedOption.Of<int?>("--chunk", "N|auto", "Most prompt tokens in one pass. Default: auto, as many as fit.", "an integer, at least 1, or auto", text => text == "auto" ? 0 : int.TryParse(text, out int chunk) && chunk > 0 ? chunk : null);
    private readonly Option<KvChoice?> _kv = TypedOption.Choice("--kv", "Type of the KV cache. Default: auto.", ("fp32", KvChoice.Fp32), ("fp16", KvChoice.Fp16), ("int8", KvChoice.Int8), ("int4", KvChoice.Int4), ("auto", KvChoice.Auto));
    private readonly Option<HeadType?> _head = TypedOption.Choice("--head", "How the output head is kept: stored (as in the file) or int8. Default: int8 on the CPU in fast precision where the model is quantised.", ("stored", HeadType.Stored), ("int8", HeadType.Int8));
    private readonly Option<int?> _context = TypedOption.Integer("--context", "Most tokens of one sequence, prompt and generated together. Default: what the command needs.", 1);

    private enum KvChoice
    {
        Auto,
        Fp32,
        Fp16,
        Int8,
        Int4,
    }

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_device, _precision, _threads, _memory, _chunk, _kv, _head, _context])
        {
            command.Add(option);
        }
    }

    /// <summary>Says where the memory cap comes from, where the user has given none.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="options">How the model is opened.</param>
    /// <param name="capBytes">What the cap is; null where that is not known yet.</param>
    public static void SayDefaultCap(Terminal terminal, LanguageModelOptions options, long? capBytes = null)
    {
        if (options.MemoryCapBytes is null)
        {
            terminal.Error.WriteLine($"Memory cap: {(capBytes is { } bytes ? ByteSize.Format(bytes) + ", " : "")}what the container or machine allows less a margin; --memory SIZE sets it.");
        }
    }

    /// <summary>The context that was asked for; null where the command decides.</summary>
    public int? Context(ParseResult parse) => parse.GetValue(_context);

    /// <summary>How to open the model.</summary>
    public LanguageModelOptions Read(ParseResult parse) => new()
    {
        Device = parse.GetValue(_device) ?? Cpu,
        Precision = parse.GetValue(_precision) ?? Precision.Fast,
        Threads = parse.GetValue(_threads),
        MemoryCapBytes = parse.GetValue(_memory),
        Chunk = parse.GetValue(_chunk) is > 0 and var chunk ? chunk : null,
        Kv = parse.GetValue(_kv) switch
        {
            KvChoice.Fp32 => KvType.Fp32,
            KvChoice.Fp16 => KvType.Fp16,
            KvChoice.Int8 => KvType.Int8,
            KvChoice.Int4 => KvType.Int4,
            _ => null,
        },
        Head = parse.GetValue(_head),
        Context = parse.GetValue(_context),
    };
}
