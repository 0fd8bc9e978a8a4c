using System.CommandLine;

namespace AwqIlgpu.Cli.Options;

/// <summary>Names of the layouts of quantised checkpoints.</summary>
internal static class FormatOption
{
    private const string Float16 = "float16";

    private static readonly (string Name, QuantizationFormat? Format)[] s_quantized =
    [
        ("gemm", QuantizationFormat.Gemm),
        ("gemv", QuantizationFormat.Gemv),
        ("gemv_fast", QuantizationFormat.GemvFast),
        ("marlin", QuantizationFormat.Marlin),
        ("compressed-tensors", QuantizationFormat.CompressedTensors),
    ];

    /// <summary>A quantised layout.</summary>
    public static Option<QuantizationFormat?> Quantized(string description) =>
        TypedOption.Choice("--format", description, [.. s_quantized.Select(f => (f.Name, f.Format!.Value))]);

    /// <summary>A layout, or float16.</summary>
    public static Option<string?> OrFloat16(string description)
    {
        string[] names = [.. s_quantized.Select(f => f.Name), Float16];
        return TypedOption.Of<string>("--format", string.Join('|', names), description, "one of " + string.Join(", ", names), text => names.Contains(text) ? text : null);
    }

    /// <summary>The layout of a name; null for float16.</summary>
    public static QuantizationFormat? Parse(string name) => Array.Find(s_quantized, f => f.Name == name).Format;
}
