using System.Text.Json;

namespace AwqIlgpu.Quantization;

/// <summary>Keeps a layer's part of the report beside its tensors, for a run that is interrupted.</summary>
internal static class LayerReportFile
{
    public static void Write(string path, QuantizedLayer layer, double seconds) => CheckpointFolder.WriteJson(path, json =>
    {
        json.WriteNumber("seconds", seconds);
        json.WriteStartArray("groups");
        foreach (var group in layer.Groups)
        {
            json.WriteStartObject();
            json.WriteString("name", group.Name);
            WriteNumber(json, "ratio", group.Ratio);
            json.WriteNumber("loss_before", group.LossBefore);
            json.WriteNumber("loss_after", group.LossAfter);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("linears");
        foreach (var linear in layer.Linears)
        {
            json.WriteStartObject();
            json.WriteString("name", linear.Name);
            json.WriteNumber("clip_share", linear.ClipShare);
            json.WriteBoolean("feedback", linear.Rounding == WeightRounding.Feedback);
            WriteNumber(json, "loss_before", linear.LossBefore);
            WriteNumber(json, "loss_after", linear.LossAfter);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    public static (List<ScaledGroupReport> Groups, List<QuantizedLinearReport> Linears, double Seconds) Read(string path, int layer)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        return (
            [.. json.RootElement.GetProperty("groups").EnumerateArray().Select(g => new ScaledGroupReport(layer, g.GetProperty("name").GetString()!, Number(g, "ratio"), Number(g, "loss_before")!.Value, Number(g, "loss_after")!.Value))],
            [.. json.RootElement.GetProperty("linears").EnumerateArray().Select(l => new QuantizedLinearReport(
                layer,
                l.GetProperty("name").GetString()!,
                Number(l, "clip_share")!.Value,
                l.GetProperty("feedback").GetBoolean() ? WeightRounding.Feedback : WeightRounding.Nearest,
                Number(l, "loss_before"),
                Number(l, "loss_after")))],
            Number(json.RootElement, "seconds")!.Value);
    }

    private static double? Number(JsonElement element, string name) => element.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
