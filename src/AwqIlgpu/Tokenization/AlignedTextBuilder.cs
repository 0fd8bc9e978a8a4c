using System.Text;

namespace AwqIlgpu.Tokenization;

/// <summary>Builds the text that a normalizer makes of <paramref name="source"/>, with each unit's origin where the source is tracked.</summary>
internal sealed class AlignedTextBuilder(AlignedText source)
{
    private readonly StringBuilder _text = new(source.Length + 16);
    private readonly List<int>? _starts = source.Tracked ? new(source.Length + 16) : null;
    private readonly List<int>? _ends = source.Tracked ? new(source.Length + 16) : null;

    /// <summary>Takes over units of the source, each with its own origin.</summary>
    public void Copy(int start, int length)
    {
        _text.Append(source.Text, start, length);
        for (int i = start; _starts is not null && i < start + length; i++)
        {
            AddOrigin(i, 1, 1);
        }
    }

    /// <summary>Adds characters whose origin is that of a range of the source.</summary>
    public void Add(ReadOnlySpan<char> characters, int sourceStart, int sourceLength)
    {
        _text.Append(characters);
        AddOrigin(sourceStart, sourceLength, characters.Length);
    }

    /// <summary>Adds characters that stand for nothing before the text: their origin is empty and at 0.</summary>
    public void AddWithoutOrigin(ReadOnlySpan<char> characters)
    {
        _text.Append(characters);
        for (int i = 0; _starts is not null && i < characters.Length; i++)
        {
            _starts.Add(0);
            _ends!.Add(0);
        }
    }

    public AlignedText Build() => new(_text.ToString(), source.Tracked, 0, _starts?.ToArray(), _ends?.ToArray());

    private void AddOrigin(int sourceStart, int sourceLength, int count)
    {
        if (_starts is null)
        {
            return;
        }

        var (start, end) = source.Origin(sourceStart, sourceLength);
        for (int i = 0; i < count; i++)
        {
            _starts.Add(start);
            _ends!.Add(end);
        }
    }
}
