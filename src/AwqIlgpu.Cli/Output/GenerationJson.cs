using System.Text.Json;

namespace AwqIlgpu.Cli.Output;

/// <summary>A finished request in JSON.</summary>
internal static class GenerationJson
{
    /// <summary>The properties of one result.</summary>
    public static void Write(Utf8JsonWriter json, GenerationResult result, LanguageModel model, TimeSpan load)
    {
        json.WriteString("text", result.Text);
        json.WriteNumbers("token_ids", result.TokenIds);
        json.WriteString("finish_reason", result.FinishReason.Name());
        if (result.Error is not null)
        {
            json.WriteString("error", result.Error.Message);
        }

        if (result.Statistics is { } statistics)
        {
            json.WriteStartObject("usage");
            json.WriteNumber("prompt_tokens", statistics.PromptTokens);
            json.WriteNumber("generated_tokens", statistics.GeneratedTokens);
            json.WriteEndObject();
            json.WriteStartObject("timing");
            json.WriteNumber("load_s", load.TotalSeconds);
            json.WriteNumber("prefill_s", statistics.Prefill.TotalSeconds);
            json.WriteNumber("decode_s", statistics.Decode.TotalSeconds);
            json.WriteNumber("time_to_first_token_s", statistics.TimeToFirstToken.TotalSeconds);
            json.WriteNumber("prefill_tokens_per_s", statistics.PrefillTokensPerSecond);
            json.WriteNumber("decode_tokens_per_s", statistics.DecodeTokensPerSecond);
            json.WriteEndObject();
        }

        MemoryJson.WriteMemory(json, model);
    }
}
