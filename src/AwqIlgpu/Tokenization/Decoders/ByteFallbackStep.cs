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
        if (!streaming)
        {
            return;
        }

        var status = _invalid ? OperationStatus.InvalidData : Rune.DecodeFromUtf8(_run.ToArray(), out _, out _);
        switch (status)
        {
            case OperationStatus.Done:
                Next.Write(Encoding.UTF8.GetString([.. _run]), endsToken: false);
                _run.Clear();
                _characterWritten = true;
                break;
            case OperationStatus.InvalidData:
                _invalid = true;
                WriteReplacements();
                break;
        }
    }

    private void EndRun()
    {
        if (_run.Count > 0 && Utf8.IsValid([.. _run]))
        {
            Next.Write(Encoding.UTF8.GetString([.. _run]), endsToken: true);
            _run.Clear();
        }
        else if (_run.Count > 0)
        {
            WriteReplacements();
        }
        else if (_characterWritten)
        {
            Next.Write([], endsToken: true);
        }

        _characterWritten = false;
        _invalid = false;
    }

    private void WriteReplacements()
    {
        for (int i = 0; i < _run.Count; i++)
        {
            Next.Write("\uFFFD", endsToken: true);
        }

        _run.Clear();
    }

    private static bool IsByte(ReadOnlySpan<char> token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token[3..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
