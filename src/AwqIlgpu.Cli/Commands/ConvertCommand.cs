using System.CommandLine;
using AwqIlgpu.Cli.Options;
using AwqIlgpu.Cli.Output;

namespace AwqIlgpu.Cli.Commands;

/// <summary>Repacks a quantised model, or dequantises it.</summary>
internal sealed class ConvertCommand : AwqCommand
{
    private readonly Argument<string> _source = new("SRC") { Description = "Folder of a quantised model." };
    private readonly Argument<string> _output = new("OUT") { Description = "Folder to write." };
    private readonly Option<string?> _format = FormatOption.OrFloat16("Layout of the result; float16 dequantises.");

    public ConvertCommand(Terminal terminal)
        : base("convert", "Repacks a quantised model into another layout, every number unchanged, or dequantises it.", "awq convert ./model-awq ./model-ct --format compressed-tensors", terminal)
    {
        _format.Required = true;
        Add(_source);
        Add(_output);
        Add(_format);
        Add(CommonOptions.Json);
    }

    protected override Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        string source = ModelFolder.Resolve(parse.GetRequiredValue(_source));
        string output = parse.GetRequiredValue(_output);
        var (bytes, tensors) = CheckpointConverter.Convert(source, output, FormatOption.Parse(parse.GetRequiredValue(_format)!), cancellationToken);
        if (parse.GetValue(CommonOptions.Json))
        {
            Json.Write(Terminal.Out, json =>
            {
                json.WriteNumber("tensors", tensors);
                json.WriteNumber("bytes", bytes);
            });
        }
        else
        {
            Terminal.Out.WriteLine($"{tensors} tensors, {ByteSize.Format(bytes)}");
        }

        return Task.FromResult(0);
    }
}
