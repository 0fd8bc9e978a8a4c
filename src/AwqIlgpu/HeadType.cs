namespace AwqIlgpu;

/// <summary>How a model's output head is kept in memory. The file stays as it is.</summary>
public enum HeadType
{
    /// <summary>As the file has it: fp16, bf16, fp32, or quantised there.</summary>
    Stored,

    /// <summary>Rounded to 8 bits while it is read, a scale for each row and block; with it the embeddings where both are one table.</summary>
#pragma warning disable CA1720 // The field's name for it; the option on the command line is int8 too.
    Int8,
#pragma warning restore CA1720
}
