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
        WriteBuffers(json, model.Plan.Buffers);
        json.WriteStartArray("classes");
        foreach (var use in model.Memory)
        {
            json.WriteStartObject();
            json.WriteString("name", use.Name);
            json.WriteNumber("planned_bytes", use.PlannedBytes);
            json.WriteNumber("live_bytes", use.LiveBytes);
            json.WriteNumber("high_water_bytes", use.HighWaterBytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The properties of a plan, whether it fits or not.</summary>
    /// <param name="json">The open object.</param>
    /// <param name="plan">The plan; of a run that does not fit, the one that needs least.</param>
    /// <param name="advice">What other settings would do.</param>
    /// <param name="card">A card to predict the speed of; null for none.</param>
    public static void WritePlan(Utf8JsonWriter json, MemoryPlan plan, MemoryAdvice advice, GpuCard? card = null)
    {
        json.WriteBoolean("fits", plan.Fits);
        json.WriteNumber("cap_bytes", plan.CapBytes);
        json.WriteNumber("planned_peak_bytes", plan.ArenaBytes);
        json.WriteNumber("planned_process_bytes", plan.ProcessBytes);
        WriteSettings(json, plan.Settings);
        WriteBuffers(json, plan.Buffers);
        json.WriteString("binding", advice.Binding);
        json.WriteNumber("smallest_cap_bytes", advice.SmallestCapBytes);
        json.WriteNumber("largest_context", advice.LargestContext);
        json.WriteStartArray("alternatives");
        foreach (var alternative in advice.Alternatives)
        {
            json.WriteStartObject();
            json.WriteString("setting", alternative.Setting);
            json.WriteNumber("cap_bytes", alternative.CapBytes);
            json.WriteNumber("planned_process_bytes", alternative.ProcessBytes);
            WriteSettings(json, alternative.Settings);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("steps");
        foreach (var step in advice.Steps)
        {
            json.WriteStartObject();
            json.WriteString("setting", step.Setting);
            json.WriteNumber("planned_process_bytes", step.ProcessBytes);
            json.WriteNumber("saved_bytes", step.SavedBytes);
            json.WriteBoolean("fits", step.Fits);
            WriteSettings(json, step.Settings);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (card is not null)
        {
            var speed = plan.Predict(card);
            json.WriteStartObject("predicted");
            json.WriteString("gpu", card.Name);
            json.WriteNumber("prefill_tokens_per_s", speed.PrefillTokensPerSecond);
            json.WriteNumber("decode_tokens_per_s", speed.DecodeTokensPerSecond);
            json.WriteEndObject();
        }
    }

    /// <summary>The property <c>plan</c>: the buffers.</summary>
    public static void WriteBuffers(Utf8JsonWriter json, IReadOnlyList<PlannedBuffer> buffers)
    {
        json.WriteStartArray("plan");
        foreach (var buffer in buffers)
        {
            json.WriteStartObject();
            json.WriteString("name", buffer.Name);
            json.WriteNumber("bytes", buffer.Bytes);
            json.WriteString("formula", buffer.Formula);
            json.WriteString("lifetime", buffer.Lifetime.ToString().ToLowerInvariant());
            json.WriteNumber("offset", buffer.Offset);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSettings(Utf8JsonWriter json, MemorySettings settings)
    {
        json.WriteNumber("chunk", settings.Chunk);
        json.WriteString("kv", settings.Kv.Name());
        json.WriteNumber("batch", settings.Batch);
        json.WriteNumber("context", settings.Context);
    }
}
