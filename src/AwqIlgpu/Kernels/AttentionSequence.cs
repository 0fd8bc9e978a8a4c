namespace AwqIlgpu.Kernels;

/// <summary>One sequence's part of a batch. Its cache holds Position + Tokens keys and values, those of this batch included.</summary>
internal unsafe struct AttentionSequence
{
    /// <summary>Queries, [tokens, heads, headDimK].</summary>
    public float* Query;

    /// <summary>Floats from one token's queries to the next.</summary>
    public nint QueryStride;

    /// <summary>Result, [tokens, heads, headDimV]; does not overlap the queries.</summary>
    public float* Output;

    /// <summary>Floats from one token's result to the next.</summary>
    public nint OutputStride;

    /// <summary>KV block of positions 0..31, 32..63 and so on.</summary>
    public int* BlockTable;

    /// <summary>Position of the first query.</summary>
    public int Position;

    /// <summary>Queries, at consecutive positions.</summary>
    public int Tokens;

    /// <summary>Whether products are of 16-bit integers where the processor is faster with them: see <see cref="Int16Attention"/>.</summary>
    public bool IsInt16;
}
