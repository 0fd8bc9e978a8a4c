using System.Text.Json;
using AwqIlgpu.Quantization.Packing;

namespace AwqIlgpu.Quantization;

/// <summary>The layout that a checkpoint is written in: how a linear is packed, and what config.json says of it.</summary>
/// <param name="Format">The layout.</param>
/// <param name="GroupSize">Input features per scale; -1 for whole rows.</param>
/// <param name="Symmetric">Whether every zero point is 8.</param>
/// <param name="Unquantized">Whole names of the linears that stay float: AutoAWQ looks for parts of names, compressed-tensors for whole ones.</param>
internal sealed record QuantizedFormat(QuantizationFormat Format, int GroupSize, bool Symmetric, IReadOnlyList<string> Unquantized)
{
    // Never quantised; compressed-tensors wants every linear named that is not, AutoAWQ takes this one for granted.
    private const string Head = "lm_head";

    /// <summary>Packs a linear.</summary>
    /// <exception cref="NotSupportedException">The layout cannot hold it.</exception>
    public PackedTensor[] Pack(QuantizedMatrix matrix) => Format switch
    {
        QuantizationFormat.Gemm => GemmPacker.Pack(matrix),
        QuantizationFormat.Gemv => GemvPacker.Pack(matrix),
        QuantizationFormat.GemvFast => GemvFastPacker.Pack(matrix),
        QuantizationFormat.Marlin => MarlinPacker.Pack(matrix),
        _ => CompressedTensorsPacker.Pack(matrix, Symmetric),
    };

    /// <summary>Throws where the layout cannot hold a linear of that shape, before any work is done.</summary>
    /// <exception cref="NotSupportedException">It cannot.</exception>
    public void CheckShape(string name, int rows, int columns)
    {
        int groupSize = GroupSize < 0 ? columns : GroupSize;
        try
        {
            switch (Format)
            {
                case QuantizationFormat.Gemm:
                    GemmPacker.CheckShape(rows);
                    break;
                case QuantizationFormat.Gemv:
                    GemvPacker.CheckShape(rows, columns, groupSize);
                    break;
                case QuantizationFormat.GemvFast:
                    GemvFastPacker.CheckShape(rows, columns, groupSize);
                    break;
                case QuantizationFormat.Marlin:
                    MarlinPacker.CheckShape(rows, columns);
                    break;
                default:
                    // compressed-tensors holds every shape.
                    break;
            }
        }
        catch (NotSupportedException e)
        {
            throw new NotSupportedException($"{name}: {e.Message}", e);
        }
    }

    /// <summary>Writes the value of <c>quantization_config</c>.</summary>
    public void WriteConfig(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        if (Format == QuantizationFormat.CompressedTensors)
        {
            WriteCompressedTensors(json);
        }
        else
        {
            WriteAwq(json);
        }

        json.WriteEndObject();
    }

    private void WriteAwq(Utf8JsonWriter json)
    {
        json.WriteNumber("bits", 4);
        json.WriteNumber("group_size", GroupSize);
        string[] unquantized = [.. Unquantized.Where(name => name != Head)];
        if (unquantized.Length == 0)
        {
            json.WriteNull("modules_to_not_convert");
        }
        else
        {
            WriteNames(json, "modules_to_not_convert", unquantized);
        }

        json.WriteString("quant_method", "awq");
        json.WriteString("version", Format switch
        {
            QuantizationFormat.Gemm => "gemm",
            QuantizationFormat.Gemv => "gemv",
            QuantizationFormat.GemvFast => "gemv_fast",
            _ => "marlin",
        });
        json.WriteBoolean("zero_point", !Symmetric);
    }

    private void WriteCompressedTensors(Utf8JsonWriter json)
    {
        json.WriteStartObject("config_groups");
        json.WriteStartObject("group_0");
        json.WriteString("format", "pack-quantized");
        json.WriteNull("input_activations");
        json.WriteNull("output_activations");
        WriteNames(json, "targets", ["Linear"]);
        json.WriteStartObject("weights");
        json.WriteBoolean("dynamic", false);
        if (GroupSize < 0)
        {
            json.WriteNull("group_size");
        }
        else
        {
            json.WriteNumber("group_size", GroupSize);
        }

        json.WriteNumber("num_bits", 4);
        json.WriteString("strategy", GroupSize < 0 ? "channel" : "group");
        json.WriteBoolean("symmetric", Symmetric);
        json.WriteString("type", "int");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteString("format", "pack-quantized");
        json.WriteNull("global_compression_ratio");
        WriteNames(json, "ignore", Unquantized.Where(name => name != Head).Prepend(Head));
        json.WriteNull("kv_cache_scheme");
        json.WriteString("quant_method", "compressed-tensors");
        json.WriteString("quantization_status", "compressed");
    }

    private static void WriteNames(Utf8JsonWriter json, string key, IEnumerable<string> names)
    {
        json.WriteStartArray(key);
        foreach (string name in names)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }
}
