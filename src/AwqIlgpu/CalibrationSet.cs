using System.Text.Json;

namespace AwqIlgpu;

/// <summary>The token sequences that a model is calibrated on, all of one length.</summary>
public sealed class CalibrationSet
{
    /// <summary>Sequences taken at most where nothing else is said; AutoAWQ's number.</summary>
    public const int DefaultSamples = 128;

    /// <summary>Tokens of a sequence where nothing else is said; AutoAWQ's number.</summary>
    public const int DefaultSequence = 512;

    private CalibrationSet(IReadOnlyList<int[]> sequences) => Sequences = sequences;

    /// <summary>The sequences.</summary>
    public IReadOnlyList<int[]> Sequences { get; }

    /// <summary>Cuts tokens into sequences from the first on; what does not fill the last is dropped.</summary>
    /// <param name="tokenIds">The text.</param>
    /// <param name="samples">Most sequences.</param>
    /// <param name="sequence">Tokens of each.</param>
    /// <exception cref="ArgumentException">The text does not fill one sequence.</exception>
    public static CalibrationSet FromTokens(IEnumerable<int> tokenIds, int samples = DefaultSamples, int sequence = DefaultSequence)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 2);
        int[][] sequences = [.. tokenIds.Chunk(sequence).Take(samples).Where(chunk => chunk.Length == sequence)];
        return sequences.Length > 0
            ? new CalibrationSet(sequences)
            : throw new ArgumentException($"The calibration text does not fill one sequence of {sequence} tokens. Give more text, or shorter sequences.", nameof(tokenIds));
    }

    /// <summary>Reads a file and cuts its tokens into sequences.</summary>
    /// <param name="file">Plain text; or .jsonl, whose lines hold {"text"} or {"token_ids"} and are encoded one by one and joined.</param>
    /// <param name="tokenizer">Encodes text; may be null where the file holds token ids only.</param>
    /// <param name="samples">Most sequences.</param>
    /// <param name="sequence">Tokens of each.</param>
    /// <exception cref="InvalidDataException">A line is no JSON object with text or token ids.</exception>
    /// <exception cref="ArgumentException">The text does not fill one sequence, or there is text and no tokenizer.</exception>
    public static CalibrationSet Read(string file, Tokenizer? tokenizer, int samples = DefaultSamples, int sequence = DefaultSequence)
    {
        if (!file.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase))
        {
            return FromTokens(Encode(File.ReadAllText(file)), samples, sequence);
        }

        return FromTokens(File.ReadLines(file).Select((line, index) => (Line: line, Where: $"{file}, line {index + 1}")).Where(l => !string.IsNullOrWhiteSpace(l.Line)).SelectMany(l => Tokens(l.Line, l.Where)), samples, sequence);

        int[] Encode(string text) => tokenizer is null
            ? throw new ArgumentException($"{file} holds text, and the model has no tokenizer. Give token ids.", nameof(tokenizer))
            : tokenizer.Encode(text, addSpecialTokens: false);

        int[] Tokens(string line, string where)
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("text", out var text))
                {
                    return Encode(text.GetString() ?? throw new InvalidDataException($"{where}: \"text\" is null; expected a string."));
                }

                if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("token_ids", out var ids))
                {
                    return [.. ids.EnumerateArray().Select(id => id.GetInt32())];
                }

                throw new InvalidDataException($"{where}: expected an object with \"text\" or \"token_ids\".");
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
            {
                throw new InvalidDataException($"{where}: {e.Message} Expected an object with \"text\", a string, or \"token_ids\", a list of integers.", e);
            }
        }
    }
}
