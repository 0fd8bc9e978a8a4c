namespace AwqIlgpu.Quantization;

/// <summary>Activations of calibration tokens, one row a token, in memory that does not move.</summary>
internal sealed unsafe class ActivationRows
{
    private readonly float[] _values;

    /// <summary>Room for some rows; the values are not set.</summary>
    /// <exception cref="NotSupportedException">More values than one array holds.</exception>
    public ActivationRows(int rows, int width)
    {
        long count = (long)rows * width;
        if (count > Array.MaxLength)
        {
            throw new NotSupportedException($"{rows} calibration tokens of {width} features are more than {Array.MaxLength} values. Use fewer samples or shorter ones.");
        }

        _values = GC.AllocateUninitializedArray<float>((int)count, pinned: true);
        Rows = rows;
        Width = width;
    }

    public int Rows { get; }

    public int Width { get; }

    /// <summary>First value of a row.</summary>
    public float* Pointer(int row = 0) => (float*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _values[row * Width]);

    /// <summary>Some rows, [rows, width].</summary>
    public Span<float> Span(int firstRow, int rows) => _values.AsSpan(firstRow * Width, rows * Width);

    /// <inheritdoc cref="Span"/>
    public ReadOnlyMemory<float> Memory(int firstRow, int rows) => _values.AsMemory(firstRow * Width, rows * Width);
}
