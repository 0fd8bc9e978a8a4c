using System.Text.Json;
using AwqIlgpu.Cli.Output;

namespace AwqIlgpu.Cli;

/// <summary>A file of prompts that run together; a line that fails takes no other with it.</summary>
internal sealed class BatchRun
{
    // Lines beyond wait for their turn.
    private const int LargestBatch = 8;

    private readonly PromptEncoder _encoder;
    private readonly GenerationRoom _room;
    private readonly GenerationOptions _options;
    private readonly List<(GenerationRequest? Request, string? Error)> _lines;

    /// <param name="file">One JSON object a line.</param>
    /// <param name="encoder">Encodes prompts.</param>
    /// <param name="room">Decides the number of tokens where a line does not.</param>
    /// <param name="options">How to continue every prompt.</param>
    public BatchRun(string file, PromptEncoder encoder, GenerationRoom room, GenerationOptions options)
    {
        _encoder = encoder;
        _room = room;
        _options = options;
        _lines = [.. JsonLines.Read(file).Select(entry => Read(entry.Where, entry.Line))];
        if (_lines.Count == 0)
        {
            throw new InvalidDataException($"{file} has no lines; expected one JSON object a line, with \"prompt\" or \"token_ids\".");
        }
    }

    /// <summary>Runs all lines and prints their results in order. Returns 0 unless every line failed.</summary>
    public async Task<int> RunAsync(Terminal terminal, string folder, LanguageModelOptions options, CancellationToken cancellationToken)
    {
        var requests = _lines.Where(line => line.Request is not null).Select(line => line.Request!).ToList();
        options = options with
        {
            Context = requests.Select(request => _room.Context(request.PromptTokenIds.Count, request.Options!.MaxTokens!.Value)).DefaultIfEmpty(1).Max(),
            LargestBatch = Math.Clamp(requests.Count, 1, LargestBatch),
            Tokenizer = _encoder.Tokenizer,
        };
        using var open = OpenModel.Open(terminal, folder, options, quiet: true, cancellationToken);
        var results = new Queue<GenerationResult>(await open.Model.GenerateBatchAsync(requests, cancellationToken).ConfigureAwait(false));
        int failed = 0;
        foreach (var line in _lines)
        {
            var result = line.Request is null ? null : results.Dequeue();
            failed += result is { Error: null } ? 0 : 1;
            Json.Write(terminal.Out, json =>
            {
                if (result is null)
                {
                    json.WriteString("finish_reason", FinishReason.Error.Name());
                    json.WriteString("error", line.Error);
                }
                else
                {
                    GenerationJson.Write(json, result, open.Model, open.Load);
                }
            });
        }

        if (failed > 0)
        {
            terminal.Error.WriteLine($"awq: {failed} of {_lines.Count} requests failed; their lines say why in \"error\".");
        }

        return failed == _lines.Count ? 1 : 0;
    }

    private (GenerationRequest? Request, string? Error) Read(string where, string line)
    {
        try
        {
            var request = JsonLines.Parse(where, line);
            foreach (var property in request.EnumerateObject())
            {
                if (property.Name is not ("prompt" or "token_ids" or "max_tokens"))
                {
                    throw new InvalidDataException($"{where}: \"{property.Name}\" is unknown; expected prompt or token_ids, and max_tokens.");
                }
            }

            bool hasIds = request.TryGetProperty("token_ids", out _);
            if (hasIds == request.TryGetProperty("prompt", out _))
            {
                throw new InvalidDataException($"{where}: expected \"prompt\" or \"token_ids\", one of them.");
            }

            int[] ids = hasIds ? JsonLines.TokenIds(request, "token_ids", where) : _encoder.Encode(JsonLines.Text(request, "prompt", where));
            int maxTokens = MaxTokens(request, where) ?? _room.MaxTokens(ids.Length);
            return (new GenerationRequest(ids, _options with { MaxTokens = maxTokens }), null);
        }
        catch (Exception e) when (e is InvalidDataException or ChatTemplateException)
        {
            return (null, e.Message);
        }
    }

    private static int? MaxTokens(JsonElement request, string where) =>
        !request.TryGetProperty("max_tokens", out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int tokens) && tokens >= 1 ? tokens
        : throw new InvalidDataException($"{where}: \"max_tokens\" must be an integer, at least 1.");
}
