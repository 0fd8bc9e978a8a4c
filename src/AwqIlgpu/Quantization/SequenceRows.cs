using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AwqIlgpu.Quantization;

/// <summary>Activations of all calibration sequences, used one sequence at a time: all in memory, or one in memory and the others in a file.</summary>
internal sealed unsafe class SequenceRows : IDisposable
{
    private readonly ActivationRows _rows;
    private readonly SafeFileHandle? _file;
    private int _loaded = -1;

    /// <summary>Room for some sequences; the values are not set.</summary>
    /// <param name="sequences">Sequences.</param>
    /// <param name="length">Tokens of each.</param>
    /// <param name="width">Values of a token.</param>
    /// <param name="path">The file, which is deleted with this; null for memory.</param>
    public SequenceRows(int sequences, int length, int width, string? path)
    {
        Sequences = sequences;
        Length = length;
        Width = width;
        _rows = new ActivationRows((path is null ? sequences : 1) * length, width);
        _file = path is null ? null : File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
    }

    public int Sequences { get; }

    public int Length { get; }

    public int Width { get; }

    private long SequenceBytes => (long)Length * Width * sizeof(float);

    /// <summary>First value of a sequence; valid until another is asked for.</summary>
    public float* Pointer(int sequence) => _rows.Pointer(First(sequence, read: true));

    /// <summary>A sequence, [length, width]; valid until another is asked for.</summary>
    public Span<float> Span(int sequence) => _rows.Span(First(sequence, read: true), Length);

    /// <inheritdoc cref="Span"/>
    public ReadOnlyMemory<float> Memory(int sequence) => _rows.Memory(First(sequence, read: true), Length);

    /// <summary>A sequence that is about to be overwritten as a whole; <see cref="Keep"/> ends that.</summary>
    public Span<float> Overwrite(int sequence) => _rows.Span(First(sequence, read: false), Length);

    /// <summary>Keeps what was written to the sequence that was asked for last.</summary>
    public void Keep()
    {
        if (_file is not null)
        {
            RandomAccess.Write(_file, MemoryMarshal.AsBytes<float>(_rows.Span(0, Length)), _loaded * SequenceBytes);
        }
    }

    public void Dispose() => _file?.Dispose();

    private int First(int sequence, bool read)
    {
        if (_file is null)
        {
            return sequence * Length;
        }

        if (_loaded != sequence && read)
        {
            var bytes = MemoryMarshal.AsBytes(_rows.Span(0, Length));
            for (int done = 0; done < bytes.Length;)
            {
                int count = RandomAccess.Read(_file, bytes[done..], (sequence * SequenceBytes) + done);
                done += count > 0 ? count : throw new EndOfStreamException("The file of calibration activations ended early; was it changed while the run used it?");
            }
        }

        _loaded = sequence;
        return 0;
    }
}
