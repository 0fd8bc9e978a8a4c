using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace AwqIlgpu.Tokenization.Decoders;

/// <summary>Reads runs of tokens such as <c>&lt;0xE2&gt;</c> as UTF-8; a run that is not valid becomes one U+FFFD per byte.</summary>
/// <remarks>A stream cannot wait for the end of a run: it hands on each whole character, and judges only what it still holds.</remarks>
internal sealed class ByteFallbackStep(DecoderStep next, bool streaming) : WholeTokenStep(next)
{
    private readonly List<byte> _run = [];
    private bool _characterWritten;
    private bool _invalid;

    public override void End()
    {
        EndRun();
        Next.End();
    }

    protected override void Token(ReadOnlySpan<char> token)
    {
        if (!IsByte(token, out byte value))
        {
            EndRun();
            Next.Write(token, endsToken: true);
            return;
        }

        _run.Add(value);
        if (streaming)
        {
            Stream();
        }
    }

    /// <summary>Hands on what is decided: whole characters, or replacements once the run is known to be invalid.</summary>
    private void Stream()
    {
        while (_run.Count > 0)
        {
            byte[] bytes = [.. _run];
            var status = Rune.DecodeFromUtf8(bytes, out var character, out int consumed);
            if (status == OperationStatus.NeedMoreData)
            {
                break;
            }

            _run.RemoveRange(0, consumed);
            if (status == OperationStatus.Done && !_invalid)
            {
                Next.Write(character.ToString(), endsToken: false);
                _characterWritten = true;
            }
            else
            {
                // Where nothing is out yet, the whole run becomes replacements, also its whole characters.
                _invalid = !_characterWritten;
                WriteReplacements(consumed);
            }
        }
    }

    private void EndRun()
    {
        if (_run.Count > 0 && !_invalid && Utf8.IsValid([.. _run]))
        {
            Next.Write(Encoding.UTF8.GetString([.. _run]), endsToken: true);
        }
        else if (_run.Count > 0)
        {
            WriteReplacements(_run.Count);
        }
        else if (_characterWritten)
        {
            Next.Write([], endsToken: true);
        }

        _run.Clear();
        _characterWritten = false;
        _invalid = false;
    }

    private void WriteReplacements(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Next.Write("\uFFFD", endsToken: true);
        }
    }

    private static bool IsByte(ReadOnlySpan<char> token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token[3..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
