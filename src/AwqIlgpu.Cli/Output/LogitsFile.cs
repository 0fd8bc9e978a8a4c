using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace AwqIlgpu.Cli.Output;

/// <summary>A safetensors file with one tensor <c>logits</c>, float32 [tokens, vocabulary], written row by row. It has its name only when it is whole.</summary>
internal sealed class LogitsFile : IDisposable
{
    private readonly string _path;
    private readonly string _unfinished;
    private readonly FileStream _stream;
    private readonly int _tokens;
    private int _written;

    /// <summary>Starts the file under another name.</summary>
    public LogitsFile(string path, int tokens, int vocabulary)
    {
        _path = Path.GetFullPath(path);
        _tokens = tokens;
        _unfinished = $"{_path}.{Environment.ProcessId}.tmp";
        _stream = new FileStream(_unfinished, FileMode.Create, FileAccess.Write);
        string header = $$$"""{"logits":{"dtype":"F32","shape":[{{{tokens}}},{{{vocabulary}}}],"data_offsets":[0,{{{(long)tokens * vocabulary * sizeof(float)}}}]}}""";
        // The format wants the data to begin at a multiple of 8; spaces may follow the header.
        byte[] bytes = Encoding.ASCII.GetBytes(header.PadRight((header.Length + 7) / 8 * 8));
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)bytes.Length);
        _stream.Write(length);
        _stream.Write(bytes);
    }

    /// <summary>Writes the row of a position; positions come in order.</summary>
    public void Write(int position, ReadOnlySpan<float> logits)
    {
        if (position != _written)
        {
            throw new InvalidOperationException($"Position {position} came after {_written} rows; expected positions in order.");
        }

        _stream.Write(MemoryMarshal.AsBytes(logits));
        _written++;
    }

    /// <summary>Gives the whole file its name.</summary>
    public void Complete()
    {
        if (_written != _tokens)
        {
            throw new InvalidOperationException($"{_written} of {_tokens} rows were written.");
        }

        _stream.Dispose();
        File.Move(_unfinished, _path, overwrite: true);
    }

    public void Dispose()
    {
        _stream.Dispose();
        File.Delete(_unfinished);
    }
}
