namespace AwqIlgpu.Tokenization;

/// <summary>A text that normalizers may have changed, and for each of its UTF-16 units the range of the caller's text that it came from.</summary>
/// <remarks>Without arrays unit i came from unit <paramref name="shift"/> + i: true of every text that no normalizer has touched.</remarks>
/// <param name="text">The text as it is now; no lone surrogates.</param>
/// <param name="tracked">Whether changes must keep the origin; it costs two integers per unit.</param>
/// <param name="shift">Position of the first unit in the caller's text.</param>
/// <param name="starts">Start of each unit's origin, or null.</param>
/// <param name="ends">End of each unit's origin, or null.</param>
internal sealed class AlignedText(string text, bool tracked, int shift, int[]? starts = null, int[]? ends = null)
{
    public string Text { get; } = text;

    public bool Tracked { get; } = tracked;

    public int Length => Text.Length;

    /// <summary>Where the given units came from: from the start of the first one's origin to the end of the last one's.</summary>
    public (int Start, int End) Origin(int start, int length)
    {
        if (starts is null || ends is null)
        {
            return (shift + start, shift + start + length);
        }

        if (length == 0)
        {
            return start < starts.Length ? (starts[start], starts[start]) : (shift, shift);
        }

        return (starts[start], ends[start + length - 1]);
    }

    public AlignedText Slice(int start, int length)
    {
        if (start == 0 && length == Length)
        {
            return this;
        }

        string part = Text.Substring(start, length);
        return starts is null || ends is null
            ? new AlignedText(part, Tracked, shift + start)
            : new AlignedText(part, Tracked, shift, starts.AsSpan(start, length).ToArray(), ends.AsSpan(start, length).ToArray());
    }
}
