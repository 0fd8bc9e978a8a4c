using System.Globalization;
using System.Text;
using System.Text.Json;

namespace AwqIlgpu.Cli.Output;

/// <summary>The benchmark's rows as Markdown, CSV and JSON.</summary>
internal static class BenchTable
{
    private static readonly CompositeFormat s_speed = CompositeFormat.Parse("{0:0.00}");

    /// <summary>AutoAWQ's columns, with planned beside measured memory.</summary>
    public static string Markdown(IReadOnlyList<BenchRow> rows)
    {
        var text = new StringBuilder();
        text.AppendLine("| Batch Size | Prefill Length | Decode Length | Prefill tokens/s | Decode tokens/s | First token s | Memory planned | Memory measured | Process peak | KV | Chunk | Status |");
        text.AppendLine("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|---:|---|");
        foreach (var row in rows)
        {
            text.AppendLine("| " + string.Join(" | ", Cells(row, ByteSize.Format)) + " |");
        }

        return text.ToString();
    }

    public static string Csv(IReadOnlyList<BenchRow> rows)
    {
        var text = new StringBuilder("batch,prompt,generate,prefill_tokens_per_s,decode_tokens_per_s,time_to_first_token_s,planned_peak_bytes,measured_peak_bytes,process_peak_bytes,kv,chunk,status\n");
        foreach (var row in rows)
        {
            text.AppendJoin(',', Cells(row, bytes => bytes.ToString(CultureInfo.InvariantCulture)).Select(Quoted)).Append('\n');
        }

        return text.ToString();
    }

    public static void WriteJson(Utf8JsonWriter json, IReadOnlyList<BenchRow> rows)
    {
        json.WriteStartArray("rows");
        foreach (var row in rows)
        {
            json.WriteStartObject();
            json.WriteNumber("batch", row.Batch);
            json.WriteNumber("prompt", row.Prompt);
            json.WriteNumber("generate", row.Generate);
            json.WriteNumber("prefill_tokens_per_s", row.PrefillTokensPerSecond);
            json.WriteNumber("decode_tokens_per_s", row.DecodeTokensPerSecond);
            json.WriteNumber("time_to_first_token_s", row.TimeToFirstToken);
            json.WriteNumber("planned_peak_bytes", row.Plan!.ArenaBytes);
            json.WriteNumber("measured_peak_bytes", row.MeasuredPeakBytes);
            json.WriteNumber("planned_process_bytes", row.Plan.ProcessBytes);
            json.WriteNumber("process_peak_bytes", row.ProcessPeakBytes);
            json.WriteNumber("cap_bytes", row.Plan.CapBytes);
            json.WriteNumber("chunk", row.Plan.Settings.Chunk);
            json.WriteString("kv", row.Plan.Settings.Kv.Name());
            json.WriteString("status", row.Status);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string[] Cells(BenchRow row, Func<long, string> size) =>
    [
        row.Batch.ToString(CultureInfo.InvariantCulture),
        row.Prompt.ToString(CultureInfo.InvariantCulture),
        row.Generate.ToString(CultureInfo.InvariantCulture),
        string.Format(CultureInfo.InvariantCulture, s_speed, row.PrefillTokensPerSecond),
        string.Format(CultureInfo.InvariantCulture, s_speed, row.DecodeTokensPerSecond),
        string.Format(CultureInfo.InvariantCulture, s_speed, row.TimeToFirstToken),
        size(row.Plan!.ArenaBytes),
        size(row.MeasuredPeakBytes),
        size(row.ProcessPeakBytes),
        row.Plan.Settings.Kv.Name(),
        row.Plan.Settings.Chunk.ToString(CultureInfo.InvariantCulture),
        row.Status,
    ];

    private static string Quoted(string cell) => cell.Contains(',', StringComparison.Ordinal) || cell.Contains('"', StringComparison.Ordinal) ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
