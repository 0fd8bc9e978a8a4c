using System.Text;

namespace AwqIlgpu.Tests.Tokenization;

/// <summary>A tokenizer that is not ours: a token for each byte of UTF-8; byte 0 is special, and begins a text.</summary>
public sealed class ByteTokenizer : ITokenizer
{
    public int[] Encode(string text, bool addSpecialTokens = true)
    {
        var bytes = Encoding.UTF8.GetBytes(text).Select(value => (int)value);
        return addSpecialTokens ? [0, .. bytes] : [.. bytes];
    }

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true) =>
        Encoding.UTF8.GetString([.. ids.ToArray().Where(id => id is > 0 and < 256 || (id == 0 && !skipSpecialTokens)).Select(id => (byte)id)]);

    public StreamingDecoder CreateStream(bool skipSpecialTokens = true) => StreamingDecoder.Over(this, skipSpecialTokens);
}
