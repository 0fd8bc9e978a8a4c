namespace AwqIlgpu.Devices;

/// <summary>What a router chose for the tokens of a step: each token goes to a fixed number of experts, as one copy for each.</summary>
/// <remarks>Three planes of [tokens, experts per token] in the arena: the expert, its weight, and the copy's row among all copies sorted by expert.</remarks>
/// <param name="Offset">First byte in the arena.</param>
/// <param name="Tokens">Tokens of the step.</param>
/// <param name="PerToken">Experts of a token.</param>
internal readonly record struct Routes(long Offset, int Tokens, int PerToken)
{
    /// <summary>All copies.</summary>
    public int Copies => Tokens * PerToken;

    /// <summary>First byte of the weights.</summary>
    public long WeightOffset => Offset + ((long)Copies * sizeof(float));

    /// <summary>First byte of the rows.</summary>
    public long RowOffset => Offset + ((long)Copies * 2 * sizeof(float));
}
