using System.Text;

namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>Text being written, each character counted against the rendering's limit.</summary>
internal sealed class BoundedText(Rendering rendering)
{
    private readonly StringBuilder _text = new();

    public Rendering Rendering { get; } = rendering;

    public BoundedText Append(string text)
    {
        Rendering.Characters(text.Length);
        _text.Append(text);
        return this;
    }

    public BoundedText Append(char c)
    {
        Rendering.Characters(1);
        _text.Append(c);
        return this;
    }

    public BoundedText Append(char c, long count)
    {
        Rendering.Characters(count);
        _text.Append(c, (int)count);
        return this;
    }

    public override string ToString() => _text.ToString();
}
