namespace AwqIlgpu.Tokenization;

/// <summary>Ids on their way out, and for each the range of the text it stands for where offsets are wanted.</summary>
/// <param name="offsets">Whether to keep offsets.</param>
internal sealed class EncodedText(bool offsets)
{
    public List<int> Ids { get; } = [];

    /// <summary>One per id, in UTF-16 units of the caller's text; null where not wanted.</summary>
    public List<TextMatch>? Offsets { get; } = offsets ? [] : null;

    /// <summary>Puts ids around the text, as templates do; they stand for no text.</summary>
    public void Surround(ReadOnlySpan<int> before, ReadOnlySpan<int> after)
    {
        Ids.InsertRange(0, before);
        Ids.AddRange(after);
        Offsets?.InsertRange(0, new TextMatch[before.Length]);
        Offsets?.AddRange(new TextMatch[after.Length]);
    }
}
