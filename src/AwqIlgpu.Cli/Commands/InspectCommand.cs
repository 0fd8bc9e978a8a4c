using System.CommandLine;
using System.Text.Json;
using AwqIlgpu.Cli.Options;
using AwqIlgpu.Cli.Output;

namespace AwqIlgpu.Cli.Commands;

/// <summary>Says what a model's folder holds, and what of it is not supported.</summary>
internal sealed class InspectCommand : AwqCommand
{
    private readonly Argument<string?> _folder = CommonOptions.Model();

    public InspectCommand(Terminal terminal)
        : base("inspect", "Says what a model's folder holds, without reading a weight.", "awq inspect", terminal)
    {
        Add(_folder);
        Add(CommonOptions.Json);
    }

    protected override Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        string folder = ModelFolder.Resolve(parse.GetValue(_folder));
        var info = ModelInfo.Read(folder);
        List<string> unsupported = [.. info.Unsupported, .. TokenizerProblems(folder)];
        if (parse.GetValue(CommonOptions.Json))
        {
            Json.Write(Terminal.Out, json => Write(json, info, unsupported));
        }
        else
        {
            Print(folder, info, unsupported);
        }

        return Task.FromResult(0);
    }

    private static IEnumerable<string> TokenizerProblems(string folder)
    {
        string? problem = null;
        try
        {
            Tokenizer.Load(folder);
        }
        catch (Exception e) when (e is NotSupportedException or FileNotFoundException)
        {
            problem = e.Message;
        }

        return problem is null ? [] : [problem];
    }

    private static void Write(Utf8JsonWriter json, ModelInfo info, List<string> unsupported)
    {
        json.WriteString("model_type", info.ModelType);
        json.WriteString("format", info.Format);
        WriteNumber(json, "group_size", info.GroupSize);
        json.WriteNumber("parameters", info.Parameters);
        json.WriteNumber("bytes", info.Bytes);
        if (info.BitsPerWeight is { } bits)
        {
            json.WriteNumber("bits_per_weight", bits);
        }
        else
        {
            json.WriteNull("bits_per_weight");
        }

        WriteNumber(json, "kv_bytes_per_token", info.KvBytesPerToken);
        json.WriteNumber("tensors", info.Tensors);
        json.WriteNumber("quantized_layers", info.QuantizedLayers);
        WriteNumber(json, "layers", info.Layers);
        WriteNumber(json, "hidden_size", info.HiddenSize);
        WriteNumber(json, "vocabulary_size", info.VocabularySize);
        WriteNumber(json, "context", info.Context);
        json.WriteStartArray("unsupported");
        unsupported.ForEach(json.WriteStringValue);
        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private void Print(string folder, ModelInfo info, List<string> unsupported)
    {
        Line("folder", folder);
        Line("model type", info.ModelType ?? "not said");
        Line("format", info.GroupSize is { } group ? $"{info.Format ?? "unknown"}, group size {group}" : info.Format ?? "unknown");
        Line("parameters", $"{info.Parameters:N0}");
        Line("size", $"{ByteSize.Format(info.Bytes)} in {info.Tensors} tensors, {info.QuantizedLayers} layers quantised");
        if (info.BitsPerWeight is { } bits)
        {
            Line("bits per weight", $"{bits:0.00}, scales and zero points included");
        }

        if (info.KvBytesPerToken is { } bytes)
        {
            Line("shape", $"{info.Layers} layers, hidden size {info.HiddenSize}, vocabulary {info.VocabularySize}, context {info.Context}");
            Line("KV per token", $"{ByteSize.Format(bytes)} in fp16");
        }

        unsupported.ForEach(problem => Line("not supported", problem));
    }

    private void Line(string name, string value) => Terminal.Out.WriteLine($"{name,-17}{value}");
}
