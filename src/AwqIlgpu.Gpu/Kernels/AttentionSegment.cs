namespace AwqIlgpu.Gpu.Kernels;

/// <summary>One sequence's part of a batch, as attention reads it from device memory.</summary>
internal struct AttentionSegment
{
    /// <summary>First row of the batch.</summary>
    public int FirstRow;

    /// <summary>Rows, at consecutive positions.</summary>
    public int Tokens;

    /// <summary>Position of the first row.</summary>
    public int Position;

    /// <summary>Where the sequence's block table starts in the list of all tables.</summary>
    public int Table;
}
