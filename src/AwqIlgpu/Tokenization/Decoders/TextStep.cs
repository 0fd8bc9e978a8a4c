using System.Text;

namespace AwqIlgpu.Tokenization.Decoders;

/// <summary>The last step: gathers the text.</summary>
internal sealed class TextStep : DecoderStep
{
    private readonly StringBuilder _text = new();

    public override void Write(ReadOnlySpan<char> fragment, bool endsToken) => _text.Append(fragment);

    public override void End()
    {
    }

    /// <summary>What has come since the last call.</summary>
    public string Take()
    {
        string text = _text.ToString();
        _text.Clear();
        return text;
    }
}
