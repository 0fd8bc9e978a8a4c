namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Neighbouring rows, among the copies sorted by expert, that go through one expert together.</summary>
internal struct ExpertTile
{
    /// <summary>The expert.</summary>
    public int Expert;

    /// <summary>First row.</summary>
    public int FirstRow;

    /// <summary>Rows; 0 for a tile that there was no need for.</summary>
    public int Rows;

    /// <summary>Nothing; makes the size a power of two, so that an array of these can begin wherever device memory is aligned.</summary>
    public int Padding;
}
