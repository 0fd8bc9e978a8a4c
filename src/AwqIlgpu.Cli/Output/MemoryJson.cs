using System.Text.Json;

namespace AwqIlgpu.Cli.Output;

/// <summary>Memory plans in JSON.</summary>
internal static class MemoryJson
{
    /// <summary>The property <c>memory</c>: what was planned for a model, and what it took.</summary>
    public static void WriteMemory(Utf8JsonWriter json, LanguageModel model)
    {
        json.WriteStartObject("memory");
        json.WriteNumber("cap_bytes", model.Plan.CapBytes);
        json.WriteNumber("planned_peak_bytes", model.Plan.ArenaBytes);
        json.WriteNumber("measured_peak_bytes", model.MeasuredArenaBytes);
        json.WriteNumber("planned_process_bytes", model.Plan.ProcessBytes);
        json.WriteNumber("process_peak_bytes", LanguageModel.ProcessPeakBytes);
        WriteSettings(json, model.Plan.Settings);
        WriteBuffers(json, model.Plan);
        json.WriteEndObject();
    }

    /// <summary>The properties of a run that does not fit, with settings that do.</summary>
    /// <param name="json">The open object.</param>
    /// <param name="smallest">The plan that needs least.</param>
    public static void WriteRefusal(Utf8JsonWriter json, MemoryPlan smallest)
    {
        json.WriteBoolean("fits", false);
        json.WriteNumber("cap_bytes", smallest.CapBytes);
        json.WriteNumber("planned_peak_bytes", smallest.ArenaBytes);
        json.WriteNumber("planned_process_bytes", smallest.ProcessBytes);
        WriteSettings(json, smallest.Settings);
        WriteBuffers(json, smallest);
        json.WriteNumber("smallest_cap_bytes", smallest.ProcessBytes);
        json.WriteStartArray("alternatives");
        json.WriteStartObject();
        json.WriteNumber("cap_bytes", smallest.ProcessBytes);
        WriteSettings(json, smallest.Settings);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteSettings(Utf8JsonWriter json, MemorySettings settings)
    {
        json.WriteNumber("chunk", settings.Chunk);
        json.WriteString("kv", settings.Kv.ToString().ToLowerInvariant());
        json.WriteNumber("batch", settings.Batch);
        json.WriteNumber("context", settings.Context);
    }

    private static void WriteBuffers(Utf8JsonWriter json, MemoryPlan plan)
    {
        json.WriteStartArray("plan");
        foreach (var buffer in plan.Buffers)
        {
            json.WriteStartObject();
            json.WriteString("name", buffer.Name);
            json.WriteNumber("bytes", buffer.Bytes);
            json.WriteString("formula", buffer.Formula);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
