namespace AwqIlgpu.Checkpoints.Layouts;

/// <summary>Goes through the elements of a float tensor in order, reading a buffer at a time; NaN and infinity are refused.</summary>
internal ref struct FloatReader(Checkpoint checkpoint, TensorInfo tensor, Span<float> buffer)
{
    /// <summary>A good length for the buffer: few calls, and little enough for the stack.</summary>
    public const int BufferLength = 4096;

    private readonly Span<float> _buffer = buffer;
    private long _read;
    private int _next;
    private int _count;

    /// <summary>The next element; the caller asks for no more than the tensor has.</summary>
    /// <exception cref="InvalidDataException">An element is NaN or infinite.</exception>
    public float Next()
    {
        if (_next == _count)
        {
            _count = (int)Math.Min(_buffer.Length, tensor.ElementCount - _read);
            checkpoint.ReadFiniteFloats(tensor, _read, _buffer[.._count]);
            _read += _count;
            _next = 0;
        }

        return _buffer[_next++];
    }
}
