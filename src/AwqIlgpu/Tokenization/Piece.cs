namespace AwqIlgpu.Tokenization;

/// <summary>A part of a text on its way to the model.</summary>
/// <param name="Text">The text.</param>
/// <param name="Start">First UTF-16 unit.</param>
/// <param name="Length">Units.</param>
internal readonly record struct Piece(AlignedText Text, int Start, int Length)
{
    public ReadOnlySpan<char> Span => Text.Text.AsSpan(Start, Length);

    public Piece Slice(int start, int length) => new(Text, Start + start, length);
}
