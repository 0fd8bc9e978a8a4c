using System.Text;

namespace AwqIlgpu.Tokenization.Decoders;

/// <summary>Reads tokens as bytes of the byte alphabet and all bytes together as UTF-8; invalid sequences become U+FFFD.</summary>
/// <remarks>A token with a character outside the alphabet stands for its own UTF-8 bytes.</remarks>
internal sealed class ByteLevelStep(DecoderStep next) : WholeTokenStep(next)
{
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();
    private byte[] _bytes = new byte[64];
    private char[] _characters = new char[64];

    public override void End()
    {
        int count = _utf8.GetChars([], _characters, flush: true);
        Next.Write(_characters.AsSpan(0, count), endsToken: true);
        Next.End();
    }

    protected override void Token(ReadOnlySpan<char> token)
    {
        int longest = Encoding.UTF8.GetMaxByteCount(token.Length);
        if (_bytes.Length < longest)
        {
            _bytes = new byte[longest];
            _characters = new char[Encoding.UTF8.GetMaxCharCount(longest)];
        }

        int count = 0;
        for (; count < token.Length; count++)
        {
            int value = ByteAlphabet.Byte(token[count]);
            if (value < 0)
            {
                count = Encoding.UTF8.GetBytes(token, _bytes);
                break;
            }

            _bytes[count] = (byte)value;
        }

        int characters = _utf8.GetChars(_bytes.AsSpan(0, count), _characters, flush: false);
        Next.Write(_characters.AsSpan(0, characters), endsToken: false);
    }
}
