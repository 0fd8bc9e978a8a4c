namespace AwqIlgpu.Checkpoints;

/// <summary>Text from files, made fit for an error message.</summary>
internal static class Message
{
    private const int MaxLength = 160;

    /// <summary>The text, cut where it is too long to be read, without control characters.</summary>
    public static string Short(string text)
    {
        string cut = text.Length <= MaxLength ? text : string.Concat(text.AsSpan(0, MaxLength), "...");
        return string.Create(cut.Length, cut, (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? '?' : source[i];
            }
        });
    }
}
