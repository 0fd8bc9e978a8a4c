namespace AwqIlgpu.Cli;

/// <summary>Text that a model is measured on.</summary>
internal static class TextFile
{
    /// <summary>The tokens of a file: plain text, or .jsonl of {"text"} whose lines are encoded one by one and joined.</summary>
    /// <exception cref="InvalidDataException">A line is no object with a text.</exception>
    public static int[] Encode(Tokenizer tokenizer, string file) => file.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase)
        ? [.. JsonLines.Read(file).SelectMany(line => tokenizer.Encode(JsonLines.Text(JsonLines.Parse(line.Where, line.Line), "text", line.Where), addSpecialTokens: false))]
        : tokenizer.Encode(File.ReadAllText(file), addSpecialTokens: false);
}
