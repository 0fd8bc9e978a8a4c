using System.Runtime.InteropServices;

namespace AwqIlgpu.Tokenization;

/// <summary>Decodes a window of the last ids again with each new one, and hands out what the window's text has gained.</summary>
/// <remarks>
/// <para>The window begins with ids whose text was handed out: a SentencePiece token loses its space only where nothing stands before it.</para>
/// <para>Source: the same scheme as in vLLM's and text-generation-inference's detokenizers.</para>
/// </remarks>
internal sealed class WindowDecoder(ITokenizer tokenizer, bool skipSpecialTokens) : StreamingDecoder
{
    private const char Unfinished = '\uFFFD';

    // An unfinished character has three bytes at most, and some decoders write one U+FFFD for each.
    private const int MostUnfinished = 3;

    // Each id costs a decoding of the window, so ids that never become text must not make it grow.
    private const int MostIds = 32;

    private readonly List<int> _ids = [];

    // Ids at the window's start, and characters of its text, that were handed out.
    private int _context;
    private int _handedOut;

    public override string Push(int id)
    {
        _ids.Add(id);
        string text = Decode();
        int certain = text.Length;
        while (certain > 0 && text.Length - certain < MostUnfinished && text[certain - 1] == Unfinished)
        {
            certain--;
        }

        if (certain < text.Length && _ids.Count >= MostIds)
        {
            return TakeAll(text);
        }

        if (certain <= _handedOut)
        {
            // An id without text; at the start of the text it can be the space that the next token keeps because of it.
            if (certain == text.Length && _context > 0)
            {
                _ids.RemoveAt(_ids.Count - 1);
            }

            return "";
        }

        string piece = text[_handedOut..certain];
        _handedOut = certain;
        if (certain == text.Length)
        {
            _ids.RemoveRange(0, _context);
            _context = _ids.Count;
            _handedOut = Decode().Length;
        }

        return piece;
    }

    public override string Flush() => TakeAll(Decode());

    private string TakeAll(string text)
    {
        string piece = text[Math.Min(_handedOut, text.Length)..];
        _ids.Clear();
        _context = 0;
        _handedOut = 0;
        return piece;
    }

    private string Decode() => tokenizer.Decode(CollectionsMarshal.AsSpan(_ids), skipSpecialTokens);
}
