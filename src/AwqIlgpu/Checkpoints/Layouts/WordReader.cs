using System.Runtime.InteropServices;

namespace AwqIlgpu.Checkpoints.Layouts;

/// <summary>Goes through the words of an int32 tensor in order, reading a buffer at a time.</summary>
internal ref struct WordReader(Checkpoint checkpoint, TensorInfo tensor, Span<uint> buffer)
{
    private readonly Span<uint> _buffer = buffer;
    private long _read;
    private int _next;
    private int _count;

    /// <summary>The next word; the caller asks for no more than the tensor has.</summary>
    public uint Next()
    {
        if (_next == _count)
        {
            _count = (int)Math.Min(_buffer.Length, tensor.ElementCount - _read);
            checkpoint.Read(tensor, _read * sizeof(uint), MemoryMarshal.AsBytes(_buffer[.._count]));
            _read += _count;
            _next = 0;
        }

        return _buffer[_next++];
    }
}
